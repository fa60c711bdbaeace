import type { KubeObject } from "#api/objects.ts"
import type { Target } from "./target.ts"

const JOB = "kubernetes-pods"
const SCRAPE = "prometheus.io/scrape"
const PORT = "prometheus.io/port"
const PATH = "prometheus.io/path"

/** The pods that ask to be scraped by their annotations, labelled as in the configuration that comes with Flagger. */
export const podTargets = (pods: readonly KubeObject[]): Target[] => pods.flatMap((pod) => targetOf(pod) ?? [])

function targetOf({ metadata, spec, status }: KubeObject): Target | undefined {
  const { name, namespace = "", labels = {}, annotations = {} } = metadata
  const address: string | undefined = status?.podIP
  const port: unknown = annotations[PORT] ?? spec?.containers?.[0]?.ports?.[0]?.containerPort
  if (annotations[SCRAPE] !== "true" || !address || !port || status.phase !== "Running") return undefined
  const instance = `${address.includes(":") ? `[${address}]` : address}:${String(port)}`
  const path = annotations[PATH] || "/metrics"
  return {
    url: `http://${instance}${path.startsWith("/") ? "" : "/"}${path}`,
    labels: {
      job: JOB,
      instance,
      kubernetes_namespace: namespace,
      kubernetes_pod_name: name,
      ...(labels["app"] ? { app: labels["app"] } : {}),
    },
  }
}
