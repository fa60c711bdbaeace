import type { Credentials, Reached } from "./identity.ts"
import { type Entry, type Kubeconfig, materialOf, readFiles, text, where } from "./kubeconfig-file.ts"
import { identityOf } from "./kubeconfig-user.ts"

/** What the current or the named context of some kubeconfigs says. */
export async function readKubeconfig(paths: string[], context?: string): Promise<Omit<Credentials, "renewed">> {
  const config = await readFiles(paths)
  const chosen = chosenContext(config, context)
  const cluster = entryOf(config, "cluster", text(chosen.fields.cluster), chosen)
  const userName = text(chosen.fields.user)
  const user = userName ? entryOf(config, "user", userName, chosen) : undefined
  const reached = await reach(cluster)
  return { ...reached, namespace: text(chosen.fields.namespace) || undefined, ...(await identityOf(user, reached)) }
}

async function reach(cluster: Entry): Promise<Reached> {
  const { fields } = cluster
  const server = text(fields.server)
  if (!server) throw new Error(`${where(cluster)} has no server`)
  const proxyUrl = text(fields["proxy-url"]) || undefined
  if (proxyUrl && !/^(https?|socks5):\/\//.test(proxyUrl)) {
    throw new Error(`${where(cluster)}: its proxy-url must begin with http://, https:// or socks5://`)
  }
  return {
    server,
    ca: await materialOf(cluster, "certificate-authority"),
    insecure: fields["insecure-skip-tls-verify"] === true,
    serverName: text(fields["tls-server-name"]) || undefined,
    proxyUrl,
  }
}

function chosenContext(config: Kubeconfig, wanted: string | undefined): Entry {
  const name = wanted || config.currentContext
  if (!name) {
    throw new Error(
      `${config.files} has no current-context: choose one with "kubectl config use-context"; ${listed(config, "context")}`,
    )
  }
  const found = config.entries.find((entry) => entry.kind === "context" && entry.name === name)
  if (!found) throw new Error(`${config.files} has no context "${name}"; ${listed(config, "context")}`)
  return found
}

function entryOf(config: Kubeconfig, kind: Entry["kind"], name: string, context: Entry): Entry {
  const found = config.entries.find((entry) => entry.kind === kind && entry.name === name)
  if (!found)
    throw new Error(`${where(context)} refers to ${kind} "${name}", which is missing; ${listed(config, kind)}`)
  return found
}

function listed(config: Kubeconfig, kind: Entry["kind"]): string {
  const names = config.entries.filter((entry) => entry.kind === kind).map((entry) => entry.name)
  return names.length > 0 ? `there are: ${names.join(", ")}` : `there is no ${kind} at all`
}
