import { type BuiltinQueries, mean, p99, share } from "./shapes.ts"

/** The comma behind a lone selector is how these queries have always been sent. */
const envoyCluster = (selector: string): BuiltinQueries => ({
  successRate: share("envoy_cluster_upstream_rq", selector, `envoy_response_code!~"5.*"`, ","),
  duration: p99("envoy_cluster_upstream_rq_time_bucket", `${selector},`),
  unit: "ms",
})

const pods = (suffix: string) => `kubernetes_namespace="{{ namespace }}", kubernetes_pod_name=~"{{ target }}-${suffix}"`
const deploymentPods = "[0-9a-zA-Z]+(-[0-9a-zA-Z]+)"
/** A DaemonSet's pods have one random part; with two, the primary's pods would be measured. */
const daemonSetPods = "[0-9a-zA-Z]+"

const istioWorkload = `reporter="destination", destination_workload_namespace="{{ namespace }}", destination_workload=~"{{ target }}"`
const nginxIngress = `namespace="{{ namespace }}", ingress="{{ ingress }}", canary!=""`
const traefikService = `service=~"{{ namespace }}-{{ service }}-canary-[0-9a-zA-Z-]+@kubernetescrd"`
const apisixRoute = `route=~"{{ namespace }}_{{ route }}-{{ service }}-canary_.+"`
const skipperRoute = `route=~"kube(ew)?_{{ namespace }}__{{ ingress }}_canary__.*__{{ service }}_canary(_[0-9]+)?"`

const linkerd = (label: string): BuiltinQueries => {
  const workload = `namespace="{{ namespace }}", ${label}=~"{{ target }}"`
  const inbound = `, direction="inbound"`
  return {
    successRate: share("response_total", workload, `classification!="failure"${inbound}`, inbound),
    duration: p99("response_latency_ms_bucket", workload + inbound),
    unit: "ms",
  }
}

const osm = (kind: string): BuiltinQueries => {
  const selector = `destination_namespace="{{ namespace }}", destination_kind="${kind}", destination_name="{{ target }}"`
  return {
    successRate: share("osm_request_total", selector, `response_code!~"5.*"`),
    duration: p99("osm_request_duration_ms_bucket", selector),
    unit: "ms",
  }
}

const appmesh = (suffix: string): BuiltinQueries => ({
  successRate: share("envoy_cluster_upstream_rq", pods(suffix), `envoy_response_code!~"5.*"`),
  duration: p99("envoy_cluster_upstream_rq_time_bucket", pods(suffix)),
  unit: "ms",
})

const http = (suffix: string): BuiltinQueries => ({
  successRate: share("http_request_duration_seconds_count", pods(suffix), `status!~"5.*"`),
  duration: p99("http_request_duration_seconds_bucket", pods(suffix)),
  unit: "s",
  bareFailure: true,
})

/** What is measured of the canary, per mesh and ingress. `daemonSet` is given where pods of one are named otherwise. */
export const observers: Readonly<Record<string, BuiltinQueries & { daemonSet?: BuiltinQueries }>> = {
  istio: {
    successRate: share("istio_requests_total", istioWorkload, `response_code!~"5.*"`),
    duration: p99("istio_request_duration_milliseconds_bucket", istioWorkload),
    unit: "ms",
  },
  linkerd: { ...linkerd("deployment"), daemonSet: linkerd("daemonset") },
  appmesh: { ...appmesh(deploymentPods), daemonSet: appmesh(daemonSetPods) },
  http: { ...http(deploymentPods), daemonSet: http(daemonSetPods) },
  contour: envoyCluster(`envoy_cluster_name=~"{{ namespace }}_{{ service }}-canary_[0-9a-zA-Z-]+"`),
  gloo: envoyCluster(`envoy_cluster_name=~"{{ namespace }}-{{ service }}-canaryupstream-[0-9a-zA-Z-]+_[0-9a-zA-Z-]+"`),
  kuma: envoyCluster(`service=~"{{ service }}-canary_{{ namespace }}_svc_[0-9a-zA-Z-]+"`),
  knative: envoyCluster(`envoy_cluster_name=~"{{ namespace }}/{{ route }}"`),
  osm: { ...osm("Deployment"), daemonSet: osm("DaemonSet") },
  nginx: {
    successRate: share("nginx_ingress_controller_requests", nginxIngress, `status!~"5.*"`),
    duration: mean("nginx_ingress_controller_response_duration_seconds", nginxIngress),
    unit: "ms",
  },
  traefik: {
    successRate: share(
      "traefik_service_request_duration_seconds_bucket",
      traefikService,
      `code!~"5..", le="+Inf"`,
      `, le="+Inf"`,
    ),
    duration: `${p99("traefik_service_request_duration_seconds_bucket", traefikService)} * 1000`,
    unit: "ms",
  },
  apisix: {
    successRate: share("apisix_http_status", apisixRoute, `code!~"5.."`),
    duration: p99("apisix_http_latency_bucket", `type=~"request", ${apisixRoute}`),
    unit: "ms",
  },
  skipper: {
    successRate: share(
      "skipper_response_duration_seconds_bucket",
      skipperRoute,
      `code!~"5..", le="+Inf"`,
      `, le="+Inf"`,
    ),
    duration: mean("skipper_serve_route_duration_seconds", skipperRoute),
    unit: "ms",
    wordsOnly: true,
  },
}
