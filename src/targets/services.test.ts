import { describe, expect, it } from "vitest"
import type { ServiceSpec } from "#api/canary.ts"
import { type KubeObject, keyOf, type OwnerReference, refOf } from "#api/objects.ts"
import { differs, merged } from "#kube/apply.ts"
import type { Wanted } from "#kube/contract.ts"
import { TargetRefused } from "./contract.ts"
import { canaryWith } from "./examples/objects.test-support.ts"
import { apexService, restoredApex, type ServedPods, serviceRefs, servicesOf } from "./services.ts"

const pods: ServedPods = { selector: { label: "app", value: "podinfo" }, ports: [] }
const owner: OwnerReference = {
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  name: "podinfo",
  uid: "c-1",
  controller: true,
  blockOwnerDeletion: true,
}
const fluxOff = {
  "kustomize.toolkit.fluxcd.io/reconcile": "disabled",
  "helm.toolkit.fluxcd.io/driftDetection": "disabled",
}
const http = { name: "http", protocol: "TCP", port: 80, targetPort: 9898 }
const canaryServing = (service: Partial<ServiceSpec> = {}) =>
  canaryWith({ service: { port: 80, targetPort: 9898, ...service } })
const found = (...objects: KubeObject[]) => {
  const byKey = new Map(objects.map((object) => [keyOf(refOf(object)), object]))
  return { get: (ref: Parameters<typeof keyOf>[0]) => byKey.get(keyOf(ref)) }
}
const apex = (service: Partial<ServiceSpec> = {}, live?: KubeObject, served = pods) =>
  apexService(canaryServing(service), served, found(...(live ? [live] : [])))
const apexWanted = (...args: Parameters<typeof apex>): Wanted => apex(...args).wanted[0]!
const after = (service: Partial<ServiceSpec>, live: KubeObject, served = pods): KubeObject =>
  merged(live, apexWanted(service, live, served))

/** As the API server returns what we created. */
const stored = (service: Partial<ServiceSpec> = {}, spec: object = {}): KubeObject => {
  const { object } = apexWanted(service)
  return {
    ...object,
    metadata: { ...object.metadata, uid: "s-1", resourceVersion: "5" },
    spec: {
      ...object.spec,
      clusterIP: object.spec.clusterIP ?? "10.96.0.7",
      clusterIPs: ["10.96.0.7"],
      internalTrafficPolicy: "Cluster",
      sessionAffinity: "None",
      ...spec,
    },
  }
}
/** Somebody's own Service, there before the canary. */
const foreign = (spec: object = {}, annotations: Record<string, string> = { note: "mine" }): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "podinfo", namespace: "test", labels: { team: "shop" }, annotations },
  spec: {
    type: "LoadBalancer",
    clusterIP: "10.96.0.8",
    selector: { app: "podinfo", tier: "web" },
    ports: [{ name: "http", protocol: "TCP", port: 80, targetPort: 9898, nodePort: 31080 }],
    externalTrafficPolicy: "Local",
    ...spec,
  },
})

describe("new Services", () => {
  it("lead to the canary's pods and to the primary's, in this order", () => {
    const grpc = { name: "grpc", port: 9999, targetPort: 9999, protocol: "TCP" as const }
    const { wanted, problems } = servicesOf(canaryServing(), { ...pods, ports: [grpc] }, found())
    const service = (name: string, value: string) => ({
      apiVersion: "v1",
      kind: "Service",
      metadata: { name, namespace: "test", labels: { app: name }, annotations: fluxOff, ownerReferences: [owner] },
      spec: { type: "ClusterIP", selector: { app: value }, ports: [http, grpc] },
    })
    expect(wanted.map(({ object }) => object)).toEqual([
      service("podinfo-canary", "podinfo"),
      service("podinfo-primary", "podinfo-primary"),
    ])
    expect(problems).toEqual([])
    expect(apexWanted({}, undefined, { ...pods, ports: [grpc] }).object).toEqual(service("podinfo", "podinfo-primary"))
  })
  it("are named after service.name, which does not change whom they select", () => {
    const named = canaryServing({ name: "front" })
    const { wanted } = servicesOf(named, pods, found())
    expect(wanted.map(({ object }) => object.metadata.name)).toEqual(["front-canary", "front-primary"])
    expect(wanted.map(({ object }) => object.spec.selector)).toEqual([{ app: "podinfo" }, { app: "podinfo-primary" }])
    expect(serviceRefs(named).map(({ name }) => name)).toEqual(["front", "front-primary", "front-canary"])
  })
  it("carry the metadata given for each, except that the selector label is the Service's name", () => {
    const custom = (name: string) => ({ labels: { app: "x", which: name }, annotations: { which: name } })
    const service = { apex: custom("apex"), primary: custom("primary"), canary: custom("canary") }
    const objects = [...servicesOf(canaryServing(service), pods, found()).wanted, apexWanted(service)].map(
      ({ object }) => object,
    )
    expect(objects.map(({ metadata }) => metadata.labels)).toEqual([
      { app: "podinfo-canary", which: "canary" },
      { app: "podinfo-primary", which: "primary" },
      { app: "podinfo", which: "apex" },
    ])
    expect(objects.map(({ metadata }) => metadata.annotations)).toEqual(
      ["canary", "primary", "apex"].map((which) => ({ which, ...fluxOff })),
    )
  })
  it("are headless and prefer near endpoints when asked to", () => {
    const { spec } = apexWanted({ headless: true, trafficDistribution: "PreferClose" }).object
    expect(spec).toMatchObject({ type: "ClusterIP", clusterIP: "None", trafficDistribution: "PreferClose" })
  })
  it("are refused for a canary that says no port", () => {
    expect(() => apexService(canaryWith({ service: undefined }), pods, found())).toThrow(TargetRefused)
    expect(() => servicesOf(canaryWith({ service: undefined }), pods, found())).toThrow(
      "canary podinfo.test must have spec.service.port",
    )
  })
})

describe("a Service of this canary", () => {
  it("is left alone when nothing changed, whatever the API server added", () => {
    const live = stored({}, { ports: [{ port: 80, targetPort: 9898, name: "http" }] })
    expect(differs(live, apexWanted({}, live))).toBe(false)
    const plain = stored({ targetPort: 80 }, { ports: [{ port: 80, name: "http", protocol: "TCP" }] })
    expect(differs(plain, apexWanted({ targetPort: 80 }, plain))).toBe(false)
  })
  it("is left alone when its ports are the same in another order [fix 28]", () => {
    const grpc = { name: "grpc", port: 9999, targetPort: 9999, protocol: "TCP" as const }
    const live = stored({}, { ports: [grpc, http] })
    expect(differs(live, apexWanted({}, live, { ...pods, ports: [grpc] }))).toBe(false)
  })
  it.each<[string, Partial<ServiceSpec>, object]>([
    ["port", { port: 8080 }, { ...http, port: 8080 }],
    ["target port", { targetPort: "api" }, { ...http, targetPort: "api" }],
    ["port name", { portName: "web" }, { ...http, name: "web" }],
    ["application protocol", { appProtocol: "grpc" }, { ...http, appProtocol: "grpc" }],
  ])("gets another %s", (_what, service, port) => expect(after(service, stored()).spec.ports).toEqual([port]))
  it("gets its ports and its selector back", () => {
    const { spec } = after(
      {},
      stored({}, { ports: [http, { ...http, name: "x", port: 1 }], selector: { app: "podinfo" } }),
    )
    expect(spec.ports).toEqual([http])
    expect(spec.selector).toEqual({ app: "podinfo-primary" })
  })
  it("keeps what others may set on it", () => {
    const spec = { type: "NodePort", sessionAffinity: "ClientIP", externalTrafficPolicy: "Local" }
    expect(after({ port: 81 }, stored({}, spec)).spec).toMatchObject({ ...spec, clusterIP: "10.96.0.7" })
  })
  it("keeps node ports by the name of the port, whether or not other ports change", () => {
    const live = stored({}, { ports: [{ ...http, nodePort: 31080 }] })
    expect(differs(live, apexWanted({}, live))).toBe(false)
    expect(after({ port: 81 }, live).spec.ports).toEqual([{ ...http, port: 81, nodePort: 31080 }])
    expect(after({ portName: "web" }, live).spec.ports).toEqual([{ ...http, name: "web" }])
  })
  it("loses labels and annotations that are not ours", () => {
    const live = stored()
    live.metadata.labels = { app: "podinfo", extra: "1" }
    live.metadata.annotations = { extra: "1" }
    const { metadata } = after({ apex: { labels: { a: "1" } } }, live)
    expect(metadata.labels).toEqual({ app: "podinfo", a: "1" })
    expect(metadata.annotations).toEqual(fluxOff)
  })
  it("keeps unmanaged metadata as found, even where the canary gives another value", () => {
    const live = stored()
    live.metadata.labels = { app: "podinfo", kept: "found", extra: "1" }
    live.metadata.annotations = { ...fluxOff, kept: "found", extra: "1" }
    const { metadata } = after(
      { apex: { labels: { kept: "ours" } }, unmanagedMetadata: { labels: ["kept", "absent"], annotations: ["kept"] } },
      live,
    )
    expect(metadata.labels).toEqual({ app: "podinfo", kept: "found" })
    expect(metadata.annotations).toEqual({ ...fluxOff, kept: "found" })
  })
  it("follows trafficDistribution, also when it is taken away [fix 28]", () => {
    expect(after({ trafficDistribution: "PreferClose" }, stored()).spec.trafficDistribution).toBe("PreferClose")
    const live = stored({ trafficDistribution: "PreferClose" })
    expect(after({ trafficDistribution: "PreferSameNode" }, live).spec.trafficDistribution).toBe("PreferSameNode")
    expect(after({}, live).spec).not.toHaveProperty("trafficDistribution")
  })
  it("says that headless cannot change [fix 28]", () => {
    expect(apex({ headless: true }, stored()).problems).toEqual([
      "Service podinfo.test has a cluster address, which cannot be changed in place: delete it to have it created anew",
    ])
    expect(apex({}, stored({ headless: true })).problems).toEqual([
      "Service podinfo.test is headless, which cannot be changed in place: delete it to have it created anew",
    ])
    expect(after({ headless: true }, stored()).spec.clusterIP).toBe("10.96.0.7")
    expect(apex({ headless: true }, stored({ headless: true })).problems).toEqual([])
  })
  it("says so for each of the generated Services", () => {
    const objects = servicesOf(canaryServing({ headless: true }), pods, found()).wanted.map(({ object }) => object)
    expect(servicesOf(canaryServing(), pods, found(...objects)).problems).toHaveLength(2)
  })
})

describe("a Service that was there before", () => {
  it("is taken over by its ports and selector only", () => {
    const { metadata, spec } = after({ trafficDistribution: "PreferClose", apex: { labels: { a: "1" } } }, foreign())
    expect(spec).toEqual({ ...foreign().spec, selector: { app: "podinfo-primary" } })
    expect(metadata.labels).toEqual({ team: "shop" })
    expect(metadata).not.toHaveProperty("ownerReferences")
  })
  it("tells Flux to leave it alone once something of it was changed", () => {
    expect(after({ apex: { annotations: { a: "1" } } }, foreign()).metadata.annotations).toEqual({
      note: "mine",
      ...fluxOff,
    })
  })
  it("is not touched when it is right already", () => {
    const live = foreign({ selector: { app: "podinfo-primary" } })
    expect(differs(live, apexWanted({}, live))).toBe(false)
  })
  it("does not get Flux's annotations back when somebody removed them", () => {
    const taken = after({}, foreign())
    const removed = { ...taken, metadata: { ...taken.metadata, annotations: { note: "mine" } } }
    expect(differs(removed, apexWanted({}, removed))).toBe(false)
  })
  it("may belong to another canary or to something else", () => {
    for (const controller of [
      { ...owner, name: "other" },
      { ...owner, apiVersion: "a/v1", kind: "App" },
    ]) {
      const live = foreign()
      live.metadata.ownerReferences = [controller]
      expect(after({}, live).metadata.labels).toEqual({ team: "shop" })
    }
  })
  it("is not blamed for having, or not having, a cluster address", () => {
    expect(apex({ headless: true }, foreign()).problems).toEqual([])
    expect(apex({}, foreign({ clusterIP: "None" })).problems).toEqual([])
  })
})

describe("the apex Service of a canary that leaves", () => {
  const restored = (live: KubeObject): KubeObject => merged(live, restoredApex(canaryServing(), pods, live)!)
  const applied = (spec: unknown) => ({
    "kubectl.kubernetes.io/last-applied-configuration": JSON.stringify({ kind: "Service", spec }),
  })
  it("gets the selector that was last applied, and keeps everything else", () => {
    const annotations = applied({ selector: { app: "podinfo", tier: "web" }, ports: [] })
    const live = after({ port: 81 }, foreign({}, annotations))
    const result = restored(live)
    expect(result.spec).toEqual({ ...live.spec, selector: { app: "podinfo", tier: "web" } })
    expect(result.metadata).toEqual(live.metadata)
  })
  it("gets no selector where none was applied", () => {
    expect(restored(after({}, foreign({}, applied({ ports: [] })))).spec).not.toHaveProperty("selector")
  })
  it.each([
    ["nothing was applied", {}],
    ["what was applied cannot be read", { "kubectl.kubernetes.io/last-applied-configuration": "{" }],
    ["what was applied has no spec", { "kubectl.kubernetes.io/last-applied-configuration": "null" }],
  ])("selects the target's pods where %s", (_why, annotations) => {
    const live = after({}, foreign({}, annotations))
    const result = restored(live)
    expect(result.spec).toEqual({ ...foreign().spec, selector: { app: "podinfo" } })
    expect(result.metadata).toEqual(live.metadata)
  })
  it("gets its ports repaired on the way, with the node ports it had", () => {
    const live = foreign({ ports: [{ ...http, targetPort: 1, nodePort: 31080 }] })
    expect(restored(live).spec.ports).toEqual([{ ...http, nodePort: 31080 }])
  })
  it("is put back also when something other than a canary controls it", () => {
    const live = foreign()
    live.metadata.ownerReferences = [{ ...owner, apiVersion: "a/v1", kind: "App" }]
    expect(restored(live).spec.selector).toEqual({ app: "podinfo" })
  })
  it("is left to be collected when a canary controls it", () => {
    expect(restoredApex(canaryServing(), pods, stored())).toBeUndefined()
  })
  it("may be gone", () => expect(restoredApex(canaryServing(), pods, undefined)).toBeUndefined())
})
