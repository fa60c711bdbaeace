import { setTimeout as sleep } from "node:timers/promises"
import { API_VERSION } from "#api/canary.ts"
import { collectionPath } from "#kube/kinds.ts"
import { ApiError, type KubeApi } from "#kube/contract.ts"
import { textOf } from "./look.ts"

const kinds = ["Canary", "MetricTemplate", "AlertProvider"]
const OLDEST_MINOR = 11

/** The cluster lacks what the operator cannot do without. */
class ClusterUnfit extends Error {
  override readonly name = "ClusterUnfit"
}

/** Our resources must be listable and the server must be recent enough. A server that stumbles is asked again. */
export async function checkCluster(api: KubeApi, namespace: string): Promise<void> {
  for (let tries = 1; ; tries++) {
    try {
      await Promise.all([checkVersion(api), ...kinds.map((kind) => checkKind(api, kind, namespace))])
      return
    } catch (error) {
      if (tries === TRIES || !stumbled(error)) throw error
      await sleep(PAUSE_MS)
    }
  }
}

const TRIES = 5
const PAUSE_MS = 1000
const stumbled = (error: unknown): boolean => {
  const { cause } = error as Error
  if (cause instanceof ApiError) return cause.status >= 500 || cause.status === 429
  return cause !== undefined
}

async function checkKind(api: KubeApi, kind: string, namespace: string): Promise<void> {
  try {
    await api.raw("GET", `${collectionPath(API_VERSION, kind, namespace || undefined)}?limit=1`)
  } catch (error) {
    throw new ClusterUnfit(
      `${kind} CRD is not registered ${textOf(error)}; install the resource definitions of deploy/crds, and check the operator's rights`,
      { cause: error },
    )
  }
}

async function checkVersion(api: KubeApi): Promise<void> {
  const version = await readVersion(api)
  const major = Number.parseInt(version.major ?? "", 10)
  const minor = Number.parseInt(version.minor ?? "", 10)
  if (major === 1 && minor >= OLDEST_MINOR) return
  throw new ClusterUnfit(
    `unsupported kubernetes version detected: ${version.gitVersion}, 1.${OLDEST_MINOR} or newer is needed`,
  )
}

async function readVersion(api: KubeApi): Promise<{ major?: string; minor?: string; gitVersion?: string }> {
  try {
    return (await api.raw("GET", "/version")) as { major?: string }
  } catch (error) {
    throw new ClusterUnfit(`Error calling Kubernetes API: ${textOf(error)}`, { cause: error })
  }
}
