import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import type { Clock } from "../contract.ts"
import { gateway, gatewayClass, grant, http, parent, route, service, split, to } from "./objects.test-support.ts"
import { GROUP, type HttpRouteSpec } from "./objects.ts"
import { smallCluster } from "./small-cluster.test-support.ts"
import { startGateway } from "./start.ts"

const kinds = ["GatewayClass", "Gateway", "HTTPRoute"] as const

/** What the gateway has written when it has settled. */
async function reported(...objects: KubeObject[]) {
  let now = Date.parse("2026-03-01T12:00:00Z")
  const clock: Clock = { now: () => now, after: () => () => {} }
  const cluster = smallCluster(...objects)
  const problems: unknown[] = []
  const started = await startGateway({
    cluster,
    clock,
    host: "127.0.0.1",
    port: 0,
    log: (...problem) => problems.push(problem),
  })
  const settle = async () => {
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve))
  }
  await settle()
  const statusOf = (kind: (typeof kinds)[number]) => cluster.list({ apiVersion: `${GROUP}/v1`, kind })[0]?.status
  const live = (kind: (typeof kinds)[number]) => cluster.list({ apiVersion: `${GROUP}/v1`, kind })[0]!
  await started.close()
  return { cluster, statusOf, live, problems, started, settle, pass: (ms: number) => (now += ms), clock }
}

const conditionsOf = (status: { conditions: { type: string; status: string; reason: string }[] }) =>
  Object.fromEntries(status.conditions.map((condition) => [condition.type, `${condition.status} ${condition.reason}`]))

const shop = service("shop")

describe("a route", () => {
  const parentsOf = async (spec: HttpRouteSpec, ...objects: KubeObject[]) => {
    const { statusOf } = await reported(gatewayClass(), route(spec), ...objects)
    return statusOf("HTTPRoute")?.parents
  }
  const conditions = async (spec: HttpRouteSpec, ...objects: KubeObject[]) =>
    conditionsOf((await parentsOf(spec, ...objects))[0])

  it("is accepted, by whom and for which generation", async () => {
    expect(await parentsOf({ rules: [to("shop")] }, gateway(), shop)).toEqual([
      {
        controllerName: "sandbox.flagger.app/gateway",
        parentRef: parent,
        conditions: ["Accepted", "ResolvedRefs"].map((type) => ({
          type,
          status: "True",
          reason: type,
          message: "",
          observedGeneration: 1,
          lastTransitionTime: "2026-03-01T12:00:00Z",
        })),
      },
    ])
  })

  it.each([
    ["NoMatchingParent", { sectionName: "https" }, http()],
    ["NoMatchingParent", { port: 8080 }, http()],
    ["NotAllowedByListeners", {}, http({ allowedRoutes: { namespaces: { from: "Same" } } })],
    ["NotAllowedByListeners", {}, http({ protocol: "TLS" })],
    ["NoMatchingListenerHostname", {}, http({ hostname: "*.example.org" })],
  ])("is not accepted: %s for %j", async (reason, ref, listener) => {
    const spec = { parentRefs: [{ ...parent, ...ref }], hostnames: ["shop.example.com"], rules: [to("shop")] }
    expect(await conditions(spec, gateway(listener), shop)).toMatchObject({ Accepted: `False ${reason}` })
  })

  it.each([
    ["BackendNotFound", [to("missing")]],
    ["BackendNotFound", [{ backendRefs: [{ name: "shop", port: 81 }] }]],
    ["InvalidKind", [{ backendRefs: [{ group: "example.com", kind: "Bucket", name: "shop" }] }]],
    ["RefNotPermitted", [{ backendRefs: [{ name: "far", namespace: "other", port: 80 }] }]],
    [
      "BackendNotFound",
      [
        to("shop", {
          filters: [{ type: "RequestMirror", requestMirror: { backendRef: { name: "shadow", port: 80 } } }],
        }),
      ],
    ],
  ])("says of a reference that leads nowhere: %s", async (reason, rules) => {
    const found = await conditions({ rules }, gateway(), shop, service("far", {}, "other"))
    expect(found).toEqual({ Accepted: "True Accepted", ResolvedRefs: `False ${reason}` })
  })

  it("may use what another namespace grants", async () => {
    const rules = [{ backendRefs: [{ name: "far", namespace: "other", port: 80 }] }]
    const found = await conditions({ rules }, gateway(), service("far", {}, "other"), grant("demo"))
    expect(found).toMatchObject({ ResolvedRefs: "True ResolvedRefs" })
  })

  it("says which rules cannot be read, and is refused when that is all of them", async () => {
    const broken = to("shop", { matches: [{ path: { type: "RegularExpression", value: "(" } }] })
    expect(await conditions({ rules: [broken] }, gateway(), shop)).toMatchObject({ Accepted: "False UnsupportedValue" })
    expect(await conditions({ rules: [broken, to("shop")] }, gateway(), shop)).toMatchObject({
      Accepted: "True Accepted",
      PartiallyInvalid: "True UnsupportedValue",
    })
  })

  it("of another controller's Gateway is left alone, and so is what others say", async () => {
    expect(await parentsOf({ rules: [to("shop")] }, shop)).toBeUndefined()
    const foreign = gatewayClass("example.com/other")
    const { statusOf } = await reported(foreign, gateway(), shop, route({ rules: [to("shop")] }))
    expect(statusOf("HTTPRoute")).toBeUndefined()
    expect(statusOf("Gateway")).toBeUndefined()
    const others = { parents: [{ controllerName: "example.com/other", parentRef: { name: "theirs" }, conditions: [] }] }
    const shared = await reported(gatewayClass(), gateway(), shop, {
      ...route({ rules: [to("shop")] }),
      status: others,
    })
    expect(shared.statusOf("HTTPRoute")?.parents).toMatchObject([others.parents[0], { parentRef: parent }])
  })

  it("has a status for a Service that is its parent", async () => {
    const parentRefs = [{ group: "", kind: "Service", name: "shop", port: 80 }]
    expect(await parentsOf({ parentRefs, rules: [to("shop")] }, shop)).toMatchObject([{ parentRef: parentRefs[0] }])
  })
})

describe("a Gateway", () => {
  it("tells where it is and how many routes each listener has", async () => {
    const listeners = [http({ name: "a" }), http({ name: "b", hostname: "b.example.com" })]
    const routes = [
      route({ rules: [to("shop")] }, { name: "both" }),
      route({ parentRefs: [{ ...parent, sectionName: "a" }], rules: [to("shop")] }, { name: "one" }),
      route({ hostnames: ["c.example.com"], rules: [to("shop")] }, { name: "other" }),
    ]
    const { statusOf, started } = await reported(gatewayClass(), gateway(...listeners), shop, ...routes)
    const status = statusOf("Gateway")
    expect(status).toMatchObject({
      addresses: [{ type: "IPAddress", value: "127.0.0.1" }],
      listeners: [
        { name: "a", attachedRoutes: 3, supportedKinds: [{ group: GROUP, kind: "HTTPRoute" }] },
        { name: "b", attachedRoutes: 1 },
      ],
    })
    expect(conditionsOf(status)).toEqual({ Accepted: "True Accepted", Programmed: "True Programmed" })
    expect(conditionsOf(status.listeners[0])).toEqual({
      Accepted: "True Accepted",
      Conflicted: "False NoConflicts",
      Programmed: "True Programmed",
      ResolvedRefs: "True ResolvedRefs",
    })
    expect(status.conditions[1].message).toContain(started.url)
  })

  it("tells which listeners it cannot serve", async () => {
    const tls = http({ name: "tls", port: 443, protocol: "HTTPS" })
    const grpc = http({ allowedRoutes: { kinds: [{ kind: "GRPCRoute" }] } })
    const { statusOf } = await reported(gatewayClass(), gateway(grpc, tls))
    const status = statusOf("Gateway")
    expect(conditionsOf(status)).toEqual({ Accepted: "True ListenersNotValid", Programmed: "True Programmed" })
    expect(status.listeners.map(conditionsOf)).toMatchObject([
      { Accepted: "True Accepted", ResolvedRefs: "False InvalidRouteKinds" },
      { Accepted: "False UnsupportedProtocol", Programmed: "False Invalid" },
    ])
    const { statusOf: useless } = await reported(gatewayClass(), gateway(tls))
    expect(conditionsOf(useless("Gateway"))).toEqual({
      Accepted: "False ListenersNotValid",
      Programmed: "False Invalid",
    })
  })
})

it("accepts its class and says what it can do, in order", async () => {
  const { statusOf } = await reported(gatewayClass())
  const { conditions, supportedFeatures } = statusOf("GatewayClass")
  expect(conditions).toMatchObject([{ type: "Accepted", status: "True", observedGeneration: 1 }])
  const names = (supportedFeatures as { name: string }[]).map(({ name }) => name)
  expect(names).toContain("HTTPRouteRequestMirror")
  expect(names).toEqual(names.toSorted())
})

describe("writing", () => {
  it("happens once, and again only for what has changed", async () => {
    const objects = [
      gatewayClass(),
      gateway(),
      shop,
      route({ rules: [split(90, 10)] }),
      service("shop-primary"),
      service("shop-canary"),
    ]
    const { cluster, live, problems, pass, clock, settle } = await reported(...objects)
    expect(cluster.writes.map(({ kind }) => kind).sort()).toEqual(["Gateway", "GatewayClass", "HTTPRoute"])
    cluster.writes.length = 0

    pass(60_000)
    const again = await startGateway({ cluster, clock, host: "127.0.0.1", port: 0 })
    await settle()
    expect(cluster.writes.map(({ kind }) => kind)).toEqual(["Gateway"]) // it has another port
    cluster.writes.length = 0
    const before = live("HTTPRoute")
    cluster.update({ ...before, spec: { ...before.spec, rules: [split(80, 20)] } })
    await settle()
    await again.close()
    expect(cluster.writes.map(({ kind }) => kind)).toEqual(["HTTPRoute"])
    expect(live("HTTPRoute").status.parents[0].conditions).toMatchObject([
      { type: "Accepted", observedGeneration: 2, lastTransitionTime: "2026-03-01T12:00:00Z" },
      { type: "ResolvedRefs", observedGeneration: 2 },
    ])
    expect(problems).toEqual([])
  })

  it("goes on after somebody else was faster", async () => {
    const cluster = smallCluster(gatewayClass(), gateway(), shop, route({ rules: [to("shop")] }))
    const { update } = cluster
    let isFirst = true
    cluster.update = (object, subresource) => {
      if (isFirst && object.kind === "HTTPRoute") {
        isFirst = false
        const { resourceVersion: _, ...metadata } = object.metadata
        update({ ...object, metadata: { ...metadata, labels: { touched: "yes" } } })
      }
      return update(object, subresource)
    }
    const problems: unknown[] = []
    const clock: Clock = { now: () => 0, after: () => () => {} }
    const started = await startGateway({
      cluster,
      clock,
      host: "127.0.0.1",
      port: 0,
      log: (...problem) => problems.push(problem),
    })
    await expect
      .poll(() => cluster.list({ apiVersion: `${GROUP}/v1`, kind: "HTTPRoute" })[0]?.status?.parents)
      .toHaveLength(1)
    await started.close()
    expect(problems).toEqual([])
  })
})
