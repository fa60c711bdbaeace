import { isAbsolute } from "node:path"
import { KubeConfig } from "@kubernetes/client-node"
import type { Identity, Reached } from "./identity.ts"
import { type Entry, type Fields, items, pathIn, record, text, where } from "./kubeconfig-file.ts"

const STDERR_SHOWN = 500

interface PluginAnswer {
  cert?: string | Buffer
  key?: string | Buffer
  headers?: Record<string, string>
}

/** The identity that a credential program (`exec`) or a token provider (`auth-provider`) gives. */
export async function askPlugin(user: Entry, cluster: Reached): Promise<Identity> {
  const exec = user.fields.exec ? record(user.fields.exec) : undefined
  const config = new KubeConfig()
  config.loadFromClusterAndUser(
    // How the server is reached is settled; the library only has to learn who we are.
    { name: "cluster", server: "https://unused", skipTLSVerify: true },
    {
      name: user.name,
      exec: exec && execOf(user, exec, cluster),
      authProvider: user.fields["auth-provider"],
    },
  )
  let headers: Record<string, string> = {}
  let asking: Promise<PluginAnswer> | undefined

  async function ask(): Promise<PluginAnswer> {
    const answer: PluginAnswer = {}
    try {
      await config.applyToHTTPSOptions(answer)
    } catch (error) {
      throw new Error(complaint(user, exec, error as Error), { cause: error })
    }
    const authorization = answer.headers?.Authorization
    if (authorization && authorization !== headers.authorization) headers = { authorization }
    return answer
  }
  // The library keeps what it got until that expires; whoever comes while it asks anew waits for the same answer.
  const shared = () => (asking ??= ask().finally(() => (asking = undefined)))

  const { cert, key } = await shared()
  return { cert, key, headers: () => shared().then(() => headers) }
}

function execOf(user: Entry, exec: Fields, cluster: Reached): Fields {
  const command = text(exec.command)
  const info = {
    apiVersion: exec.apiVersion,
    kind: "ExecCredential",
    spec: { interactive: false, ...(exec.provideClusterInfo === true && { cluster: clusterInfo(cluster) }) },
  }
  return {
    command: command.includes("/") && !isAbsolute(command) ? pathIn(user, command) : command,
    args: items(exec.args).map(text),
    env: [...items(exec.env), { name: "KUBERNETES_EXEC_INFO", value: JSON.stringify(info) }],
  }
}

const clusterInfo = ({ server, serverName, insecure, ca, proxyUrl }: Reached) => ({
  server,
  "tls-server-name": serverName,
  "insecure-skip-tls-verify": insecure || undefined,
  "certificate-authority-data": ca && Buffer.from(ca).toString("base64"),
  "proxy-url": proxyUrl,
})

function complaint(user: Entry, exec: Fields | undefined, error: Error): string {
  const reason = error.message.trim().slice(0, STDERR_SHOWN)
  if (!exec) return `${where(user)}: its auth-provider gave no credentials: ${reason}`
  const hint = (error as NodeJS.ErrnoException).code === "ENOENT" ? text(exec.installHint) : ""
  return `${where(user)}: "${text(exec.command)}" gave no credentials: ${reason}${hint && `; ${hint}`}`
}
