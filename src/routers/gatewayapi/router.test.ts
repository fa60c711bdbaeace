import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { allToPrimary, type Found, RouteRefused, type RouterSettings } from "../contract.ts"
import type { HttpRouteSpec, Rule } from "./http-route.ts"
import { gatewayApiV1, gatewayApiV1beta1 } from "./router.ts"
import { sameRoute } from "./same.ts"

const settings: RouterSettings = {
  ingressAnnotationsPrefix: "",
  ingressClass: "",
  includeLabelPrefixes: [],
  selectorLabel: "app",
  ownable: true,
}

const canary: Canary = {
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "podinfo", namespace: "test", uid: "1" },
  spec: {
    targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
    service: { port: 80, gatewayRefs: [{ name: "gateway" }] },
    analysis: {},
  },
}

const completed = { group: "gateway.networking.k8s.io", kind: "Gateway", name: "gateway" }
const rule = (primary?: number, weight?: number): Rule => ({
  backendRefs: [
    { name: "podinfo-primary", port: 80, weight: primary },
    { name: "podinfo-canary", port: 80, weight },
  ],
})

function world(spec: HttpRouteSpec, status?: object): Found {
  const metadata = { name: "podinfo", namespace: "test", generation: 3 }
  return { get: ({ apiVersion, kind }): KubeObject => ({ apiVersion, kind, metadata, spec, status }) }
}

const accepted = (change: object = {}) => ({ type: "Accepted", status: "True", observedGeneration: 3, ...change })
const answered = (...conditions: object[]) => ({ parents: [{ parentRef: completed, conditions }] })
const observed = (found: Found, router = gatewayApiV1) => router.observed(canary, found, settings)

describe("reading an HTTPRoute", () => {
  it("takes the last rule with both versions, past those for cookies", () => {
    expect(observed(world({ rules: [rule(0, 100), rule(70, 30)] }))).toMatchObject({ primary: 70, canary: 30 })
  })

  it("counts a backend without a weight as one of equal parts", () => {
    expect(observed(world({ rules: [rule()] }))).toMatchObject({ primary: 50, canary: 50 })
  })

  it.each([
    ["no rules", {}],
    ["a rule for something else", { rules: [{ backendRefs: [{ name: "podinfo", port: 80 }] }] }],
    ["no weights", { rules: [rule(0, 0)] }],
  ])("takes all traffic for the primary's when there are %s", (_, spec) => {
    expect(observed(world(spec))).toEqual(allToPrimary)
  })

  it("sees that the canary gets a copy of the traffic, and not that others do", () => {
    const mirroredTo = (name: string): Rule => ({
      ...rule(100, 0),
      filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name, port: 80 } } }],
    })
    expect(observed(world({ rules: [mirroredTo("podinfo-canary")] })).mirrored).toBe(true)
    expect(observed(world({ rules: [mirroredTo("shadow")] })).mirrored).toBe(false)
  })
})

describe("waiting for the gateway", () => {
  const spec = { parentRefs: [completed], rules: [rule(70, 30)] }
  const routes = { primary: 70, canary: 30, mirrored: false }

  it.each([
    ["has not answered", undefined],
    ["has accepted this generation", answered(accepted())],
    ["answers about other things only", answered({ type: "ResolvedRefs", status: "False" })],
    [
      "is another one",
      { parents: [{ parentRef: { ...completed, name: "other" }, conditions: [accepted({ status: "False" })] }] },
    ],
  ])("goes on when the gateway %s", (_, status) => {
    expect(observed(world(spec, status))).toEqual(routes)
  })

  it.each([
    ["refuses", { status: "False" }],
    ["has no opinion", { status: "Unknown" }],
    ["is behind", { observedGeneration: 2 }],
    ["does not say which generation it means", { observedGeneration: undefined }],
  ])("stops when the gateway %s, and says what drift can be repaired with", (_, change) => {
    const found = world(spec, answered(accepted(change)))
    expect(() => observed(found)).toThrow(RouteRefused)
    expect(() => observed(found)).toThrow(expect.objectContaining({ routes }))
  })

  it("is not done for v1beta1", () => {
    expect(observed(world(spec, answered(accepted({ status: "False" }))), gatewayApiV1beta1)).toEqual(routes)
  })
})

describe("comparing rules", () => {
  const same = (live: object, desired: object) => sameRoute([live], [desired], ["spec", "rules"])

  it.each([
    ["a match without a path", { matches: [{ path: { type: "PathPrefix", value: "/" } }] }, { matches: [{}] }],
    ["a rule without matches", { matches: [{ path: { type: "PathPrefix", value: "/" } }] }, {}],
    [
      "a preflight without an age",
      { filters: [{ type: "CORS", cors: { maxAge: 5 } }] },
      { filters: [{ type: "CORS", cors: {} }] },
    ],
    [
      "a backend without group, kind and weight",
      { backendRefs: [{ group: "", kind: "Service", name: "a", port: 80, weight: 1 }] },
      { backendRefs: [{ name: "a", port: 80 }] },
    ],
    ["empty lists", { filters: [], matches: [{ headers: [] }] }, { matches: [{}] }],
  ])("knows what the API server makes of %s", (_, live, desired) => {
    expect(same(live, desired)).toBe(true)
    expect(same(desired, live)).toBe(true)
  })

  it("does not mind the order of header matches, but that of rules and backends", () => {
    const [a, b] = ["a", "b"].map((name) => ({ name, value: name }))
    expect(same({ matches: [{ headers: [a, b] }] }, { matches: [{ headers: [b, a] }] })).toBe(true)
    expect(same({ matches: [{ headers: [a] }, {}] }, { matches: [{}, { headers: [a] }] })).toBe(false)
    expect(same({ backendRefs: [a, b] }, { backendRefs: [b, a] })).toBe(false)
  })

  it("sees another weight, timeout or value", () => {
    expect(same(rule(70, 30), rule(60, 40))).toBe(false)
    expect(same({ timeouts: { request: "5s" } }, {})).toBe(false)
    expect(same({ filters: [{ type: "CORS", cors: { maxAge: 6 } }] }, { filters: [{ type: "CORS", cors: {} }] })).toBe(
      false,
    )
  })

  it("fills in what kind of parent is meant", () => {
    expect(sameRoute([completed], [{ name: "gateway" }], ["spec", "parentRefs"])).toBe(true)
    expect(sameRoute([completed], [{ ...completed, name: "other" }], ["spec", "parentRefs"])).toBe(false)
  })
})
