import { existsSync } from "node:fs"
import { readFile } from "node:fs/promises"
import { isIPv6 } from "node:net"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"
import type { Credentials } from "./identity.ts"
import { bearerFromFile } from "./token-file.ts"

export type { Credentials } from "./identity.ts"

export interface WantedCluster {
  /** Path of a kubeconfig. */
  kubeconfig?: string
  /** Replaces the server's address. */
  master?: string
  /** Replaces the kubeconfig's current context. */
  context?: string
  /** The environment's proxy for a server, for when the kubeconfig names none. */
  proxyFor?: (server: URL) => URL | undefined
}

export interface Surroundings {
  env: Record<string, string | undefined>
  home: string
  /** Where Kubernetes mounts the service account of a pod. */
  serviceAccount: string
}

const here = (): Surroundings => ({
  env: process.env,
  home: homedir(),
  serviceAccount: "/var/run/secrets/kubernetes.io/serviceaccount",
})

/**
 * Finds the cluster: the kubeconfig asked for, that of KUBECONFIG, the address asked for (without credentials, as those of
 * another cluster must not be sent there), the cluster this pod runs in, and at last ~/.kube/config.
 */
export async function loadCredentials(wanted: WantedCluster = {}, around = here()): Promise<Credentials> {
  const found = await find(wanted, around)
  const proxyUrl = found.proxyUrl ?? wanted.proxyFor?.(new URL(found.server))?.href
  return { ...found, proxyUrl, renewed: () => loadCredentials(wanted, around) }
}

/** A server that asks nobody who they are, such as `kubectl proxy`. */
export function anonymous(server: string): Credentials {
  const nothing = {}
  const credentials: Credentials = {
    server: serverUrl(server, "http"),
    headers: () => Promise.resolve(nothing),
    renewed: () => Promise.resolve(credentials),
  }
  return credentials
}

type Found = Omit<Credentials, "renewed">

async function find({ kubeconfig, master, context }: WantedCluster, around: Surroundings): Promise<Found> {
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port, KUBECONFIG } = around.env
  if (kubeconfig) return fromKubeconfig([kubeconfig], master, context)
  if (KUBECONFIG) return fromKubeconfig(KUBECONFIG.split(delimiter), master, context)
  if (master) return anonymous(master)
  const tokenFile = join(around.serviceAccount, "token")
  if (host && port && existsSync(tokenFile)) return inCluster(host, port, around.serviceAccount)
  const usual = join(around.home, ".kube", "config")
  if (existsSync(usual)) return fromKubeconfig([usual], master, context)
  throw new Error(
    `no Kubernetes cluster to talk to: this is not a pod with a service account (KUBERNETES_SERVICE_HOST or ${tokenFile} is missing) ` +
      `and there is no ${usual}; give -kubeconfig or -master, or set KUBECONFIG`,
  )
}

async function inCluster(host: string, port: string, directory: string): Promise<Found> {
  const mounted = (name: string) => readFile(join(directory, name), "utf8")
  const missing = (error: Error) => Promise.reject(new Error(`the service account of this pod: ${error.message}`))
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
    ca: await mounted("ca.crt").catch(missing),
    namespace: (await mounted("namespace").catch(() => "")).trim() || undefined,
    headers: bearerFromFile(join(directory, "token")),
  }
}

async function fromKubeconfig(files: string[], master?: string, context?: string): Promise<Found> {
  const { readKubeconfig } = await import("./kubeconfig.ts")
  const found = await readKubeconfig(files, context)
  const scheme = found.ca || found.insecure ? "https" : "http"
  return { ...found, server: serverUrl(master || found.server, scheme) }
}

/** The address without what would not belong into a request or a log. */
function serverUrl(text: string, scheme: "http" | "https"): string {
  const full = text.includes("://") ? text : `${scheme}://${text}`
  if (!URL.canParse(full) || !/^https?:/.test(full)) throw new Error(`"${text}" is not the address of an API server`)
  const { origin, pathname } = new URL(full)
  return origin + pathname.replace(/\/+$/, "")
}
