import { describe, expect, it } from "vitest"
import type { Analysis, Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { allToPrimary, type Found, RouteRefused, type RouterSettings } from "../contract.ts"
import { istio } from "./router.ts"
import type { VirtualServiceSpec } from "./virtual-service.ts"

const settings: RouterSettings = {
  ingressAnnotationsPrefix: "",
  ingressClass: "",
  includeLabelPrefixes: [],
  selectorLabel: "app",
  ownable: true,
}

const canary = (analysis: Analysis = {}): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "podinfo", namespace: "test", uid: "1" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
    service: { port: 80 },
    analysis,
  },
})

const ours = { ownerReferences: [{ apiVersion: "flagger.app/v1beta1", kind: "Canary", name: "podinfo", uid: "1" }] }

function world(spec: VirtualServiceSpec, metadata: object = ours): Found {
  const live: KubeObject = {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "VirtualService",
    metadata: { name: "podinfo", namespace: "test", ...metadata },
    spec,
  }
  return { get: (ref) => (ref.kind === "VirtualService" && ref.name === "podinfo" ? live : undefined) }
}

const split = (primary: number, canaryWeight: number) => [
  { destination: { host: "podinfo-primary" }, weight: primary },
  { destination: { host: "podinfo-canary" }, weight: canaryWeight },
]
const observed = (found: Found, analysis: Analysis = {}) => istio.observed(canary(analysis), found, settings)

function refusal(ask: () => unknown): RouteRefused {
  try {
    ask()
  } catch (error) {
    if (error instanceof RouteRefused) return error
    throw error
  }
  throw new Error("nothing was refused")
}

describe("reading a VirtualService", () => {
  it("takes the last rule that leads to both versions, past those for cookies", () => {
    expect(observed(world({ http: [{ route: split(0, 100) }, { route: split(70, 30) }] }))).toEqual({
      primary: 70,
      canary: 30,
      mirrored: false,
    })
  })

  it("reads TCP rules", () => {
    expect(observed(world({ tcp: [{ route: split(90, 10) }] }))).toMatchObject({ primary: 90, canary: 10 })
  })

  it("sees that the canary gets a copy of the traffic", () => {
    const spec = { http: [{ route: split(100, 0), mirror: { host: "podinfo-canary" } }] }
    expect(observed(world(spec)).mirrored).toBe(true)
    expect(observed(world({ http: [{ route: split(100, 0), mirror: { host: "shadow" } }] })).mirrored).toBe(false)
  })

  it("reads the rule of an A/B test, and does not take its users for everybody when the test is gone", () => {
    const spec = { http: [{ route: split(0, 100) }, { route: split(100, 0).slice(0, 1) }] }
    const test = { iterations: 2, match: [{ headers: { "x-canary": { exact: "insider" } } }] }
    expect(observed(world(spec), test)).toMatchObject({ primary: 0, canary: 100 })
    expect(observed(world(spec))).toEqual(allToPrimary)
  })

  it.each([
    ["both weights are 0", { http: [{ route: split(0, 0) }] }],
    ["no rule leads to the canary", { http: [{ route: [{ destination: { host: "podinfo" } }] }] }],
    ["there are no rules", {}],
  ])("is refused when %s, and leaves the way to a repair open", (_, spec) => {
    const { message, routes } = refusal(() => observed(world(spec)))
    expect(message).toBe("VirtualService podinfo.test does not contain routes for podinfo-primary and podinfo-canary")
    expect(routes).toEqual(allToPrimary)
  })

  it("takes all traffic for the primary's where the VirtualService is still somebody else's", () => {
    const lastApplied = { annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}" } }
    for (const metadata of [{}, lastApplied]) {
      expect(observed(world({ http: [{ route: [{ destination: { host: "podinfo" } }] }] }, metadata))).toEqual(
        allToPrimary,
      )
    }
  })
})

describe("putting a VirtualService back", () => {
  const released = (annotations: Record<string, string>) =>
    istio.released(canary(), world({ hosts: ["podinfo"] }, { annotations }), settings)

  it.each(["null", "[]", '"text"'])("is refused when the original configuration is %s", (text) => {
    const ask = () => released({ "flagger.kubernetes.io/original-configuration": text })
    expect(ask).toThrow(
      "VirtualService podinfo.test cannot be put back: annotation flagger.kubernetes.io/original-configuration has no spec",
    )
  })

  it("is refused when what was applied last has no spec", () => {
    expect(() => released({ "kubectl.kubernetes.io/last-applied-configuration": "{}" })).toThrow("has no spec")
  })
})
