import { describe, expect, it } from "vitest"
import { observers } from "#metrics/builtin/observers.ts"
import { queryAt } from "./promql/query.ts"
import { createStore, type Sample } from "./store.ts"

const NOW_MS = 1_700_000_000_000
const SERIES = 200
const POINTS = 300
/** The aim is 2 ms, and the best of several runs takes half of that; a busy machine is given some time. */
const MAX_MS = 10

const variables: Record<string, string> = {
  namespace: "test",
  target: "app",
  service: "app",
  ingress: "app",
  route: "app",
  interval: "5m",
}
const filled = (template: string) => template.replace(/\{\{ (\w+) \}\}/g, (_, name: string) => variables[name]!)

/** What every mesh and ingress says of the canary called app. */
const labels: Record<string, string> = {
  namespace: "test",
  kubernetes_namespace: "test",
  kubernetes_pod_name: "app-5d9c7b-x2x4z",
  reporter: "destination",
  destination_workload_namespace: "test",
  destination_workload: "app",
  destination_namespace: "test",
  destination_kind: "Deployment",
  destination_name: "app",
  deployment: "app",
  direction: "inbound",
  ingress: "app",
  canary: "app-canary-80",
  type: "request",
  response_code: "200",
}

const ownLabels: Record<string, Record<string, string>> = {
  contour: { envoy_cluster_name: "test_app-canary_80" },
  gloo: { envoy_cluster_name: "test-app-canaryupstream-80_gloo" },
  kuma: { service: "app-canary_test_svc_80" },
  knative: { envoy_cluster_name: "test/app" },
  traefik: { service: "test-app-canary-80@kubernetescrd" },
  apisix: { route: "test_app-app-canary_0" },
  skipper: { route: "kube_test__app_canary__all__app_canary" },
}

function storeFor(mesh: string, query: string) {
  const names = [...new Set(Array.from(query.matchAll(/(\w+)\{/g), ([, name]) => name!))]
  const bounds = ["0.1", "0.5", "1", "5", "+Inf"]
  const samples = names.flatMap((name) =>
    Array.from({ length: SERIES }, (_, index): Sample => {
      const status = index < SERIES / 10 ? "503" : "200"
      const code = { status, response_code: status, envoy_response_code: status, code: status }
      const classification = status === "503" ? "failure" : "success"
      const le = bounds[index % bounds.length]!
      return { name, labels: { ...labels, ...code, classification, le, ...ownLabels[mesh], id: `${index}` }, value: 0 }
    }),
  )
  const store = createStore()
  for (let point = 0; point < POINTS; point++)
    store.append(
      samples.map((sample) => ({ ...sample, value: point })),
      NOW_MS + (point - POINTS) * 1000,
      "mesh",
    )
  return store
}

describe.each(Object.entries(observers))("the built-in queries of %s are answered, and quickly:", (mesh, queries) => {
  it.each(["successRate", "duration"] as const)("%s", (kind) => {
    const query = filled(queries[kind])
    const store = storeFor(mesh, query)
    const times: number[] = []
    let value: unknown
    for (let run = 0; run < 20; run++) {
      const began = performance.now()
      const answer = queryAt(query, NOW_MS, store)
      times.push(performance.now() - began)
      value = answer.value.type === "vector" ? answer.value.elements.map((element) => element.value) : answer.value.type
    }
    if (kind === "successRate") expect(value).toEqual([expect.closeTo(90)])
    else expect(value).toEqual([expect.any(Number)])
    expect(value).not.toEqual([NaN])
    expect(Math.min(...times)).toBeLessThan(MAX_MS)
  })
})

it("a thousand samples are stored quickly, from objects seen before or not", () => {
  const store = createStore()
  const samples = (): Sample[] =>
    Array.from({ length: 1000 }, (_, id) => ({ name: "a_total", labels: { ...labels, id: `${id}` }, value: id }))
  for (const next of [
    samples,
    (
      (known) => () =>
        known
    )(samples()),
  ]) {
    const times: number[] = []
    for (let run = 0; run < 20; run++) {
      const given = next()
      const began = performance.now()
      store.append(given, NOW_MS + run, "a")
      times.push(performance.now() - began)
    }
    expect(Math.min(...times)).toBeLessThan(MAX_MS)
  }
})
