import { describe, expect, it } from "vitest"
import { decide, type Request } from "./decision.ts"
import type { HttpRouteSpec, Objects } from "./objects.ts"
import * as make from "./objects.test-support.ts"
import { routingTable } from "./routing-table.test-support.ts"

const services = ["one", "two", "three", "shop-primary", "shop-canary"].map((name) => make.service(name))
const slices = services.map(({ metadata }) => make.slice(metadata.name, [{ pod: `${metadata.name}-x`, port: 8080 }]))
const tableOf = (some: Partial<Objects>) => routingTable(make.objects({ services, slices, ...some }))

/** Where a request goes: the name of the Service, or the status of the refusal. */
function destination(table: ReturnType<typeof tableOf>, url: string, request: Partial<Request> = {}) {
  const [, host = "", path = "/"] = /^([^/]*)(.*)$/.exec(url) ?? []
  const [name, query] = path.split("?")
  const search = query === undefined ? "" : `?${query}`
  const source = { headers: {} }
  const decision = decide(table, { method: "GET", host, path: name || "/", search, source, ...request })
  return "forward" in decision ? decision.forward.share.to?.service.replace("demo/", "") : decision.answer.status
}

const routed = (...routes: HttpRouteSpec[]) =>
  tableOf({ routes: routes.map((spec, index) => make.route(spec, { name: `route-${index}` })) })

describe("which route a request takes", () => {
  it("is that of its host, by name before wildcard before any", () => {
    const table = routed(
      { rules: [make.to("three")] },
      { hostnames: ["*.example.com"], rules: [make.to("two")] },
      { hostnames: ["shop.example.com"], rules: [make.to("one")] },
    )
    expect(destination(table, "shop.example.com")).toBe("one")
    expect(destination(table, "SHOP.example.com:8080")).toBe("one")
    expect(destination(table, "cart.example.com")).toBe("two")
    expect(destination(table, "example.com")).toBe("three")
  })

  it("is one of a wider host where none of the narrower one fits", () => {
    const table = routed(
      { hostnames: ["shop.example.com"], rules: [make.to("one", { matches: [{ path: { value: "/cart" } }] })] },
      { hostnames: ["*.example.com"], rules: [make.to("two")] },
    )
    expect(destination(table, "shop.example.com/cart")).toBe("one")
    expect(destination(table, "shop.example.com/")).toBe("two")
  })

  it("is none for a host or a path that nobody has", () => {
    const table = routed({ hostnames: ["a.com"], rules: [make.to("one", { matches: [{ path: { value: "/x" } }] })] })
    expect(destination(table, "b.com/x")).toBe(404)
    expect(destination(table, "a.com/y")).toBe(404)
  })

  it("goes by the precision of the match, not by the order of rules or routes", () => {
    const match = (value: string) => ({ matches: [{ path: { type: "PathPrefix", value } }] })
    const table = routed(
      { rules: [make.to("one"), make.to("two", match("/shop/cart"))] },
      { rules: [make.to("three", match("/shop"))] },
    )
    expect(destination(table, "h/shop/cart/1")).toBe("two")
    expect(destination(table, "h/shop/x")).toBe("three")
    expect(destination(table, "h/")).toBe("one")
  })

  it("is the older one among equals, then the first by name, then the earlier rule", () => {
    const spec = (name: string) => ({ rules: [make.to(name), make.to("three")] })
    const young = make.route(spec("one"), { name: "a", creationTimestamp: "2026-01-02T00:00:00Z" })
    const old = make.route(spec("two"), { name: "b", creationTimestamp: "2026-01-01T00:00:00Z" })
    expect(destination(tableOf({ routes: [young, old] }), "h/")).toBe("two")
    const twin = make.route(spec("one"), { name: "a", creationTimestamp: "2026-01-01T00:00:00Z" })
    expect(destination(tableOf({ routes: [old, twin] }), "h/")).toBe("one")
  })

  it("is that of any of a rule's matches", () => {
    const matches = [{ path: { value: "/a" } }, { headers: [{ name: "x-b", value: "1" }] }]
    const table = routed({ rules: [make.to("one", { matches }), make.to("two")] })
    expect(destination(table, "h/a")).toBe("one")
    expect(destination(table, "h/", { source: { headers: { "x-b": "1" } } })).toBe("one")
    expect(destination(table, "h/")).toBe("two")
  })
})

describe("listeners", () => {
  const listeners = [
    make.http({ name: "wide", hostname: "*.example.com" }),
    make.http({ name: "narrow", hostname: "*.eu.example.com" }),
    make.http({ name: "any" }),
  ]
  const via = (sectionName: string, name: string) =>
    make.route({ parentRefs: [{ ...make.parent, sectionName }], rules: [make.to(name)] }, { name })
  const table = tableOf({
    gateways: [make.gateway(...listeners)],
    routes: [via("wide", "one"), via("narrow", "two"), via("any", "three")],
  })

  it("take the requests of their hosts for their routes alone", () => {
    expect(destination(table, "shop.example.com")).toBe("one")
    expect(destination(table, "shop.eu.example.com")).toBe("two")
    expect(destination(table, "elsewhere")).toBe("three")
  })

  it("do not fall back to those of wider hosts", () => {
    const lonely = tableOf({
      gateways: [make.gateway(...listeners)],
      routes: [via("any", "three"), via("wide", "one")],
    })
    const only = make.route(
      {
        parentRefs: [{ ...make.parent, sectionName: "narrow" }],
        rules: [make.to("two", { matches: [{ path: { value: "/x" } }] })],
      },
      { name: "only" },
    )
    const strict = tableOf({ gateways: [make.gateway(...listeners)], routes: [via("wide", "one"), only] })
    expect(destination(strict, "shop.eu.example.com/")).toBe(404)
    expect(destination(lonely, "shop.eu.example.com/")).toBe("one")
  })

  it.each([
    ["another namespace where only the same is allowed", make.http({ allowedRoutes: {} })],
    ["another kind", make.http({ allowedRoutes: { namespaces: { from: "All" }, kinds: [{ kind: "GRPCRoute" }] } })],
    ["another protocol", make.http({ protocol: "HTTPS" })],
    ["other hosts", make.http({ hostname: "other.example.com" })],
  ])("leave out routes of %s", (_, listener) => {
    const routes = [make.route({ hostnames: ["shop.example.com"], rules: [make.to("one")] })]
    expect(destination(tableOf({ gateways: [make.gateway(listener)], routes }), "shop.example.com")).toBe(404)
  })

  it("take routes of namespaces that a selector names", () => {
    const selector = { matchExpressions: [{ key: "team", operator: "In", values: ["shop"] }] }
    const gateways = [make.gateway(make.http({ allowedRoutes: { namespaces: { from: "Selector", selector } } }))]
    const routes = [make.route({ rules: [make.to("one")] })]
    const namespace = (team: string) => ({
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: "demo", labels: { team } },
    })
    expect(destination(tableOf({ gateways, routes, namespaces: [namespace("shop")] }), "h")).toBe("one")
    expect(destination(tableOf({ gateways, routes, namespaces: [namespace("cart")] }), "h")).toBe(404)
  })
})

describe("backends", () => {
  it("share by weight, and none gets anything at zero", () => {
    const table = routed({ rules: [make.split(70, 30)] })
    const names = Array.from({ length: 1000 }, () => destination(table, "h"))
    expect(names.filter((name) => name === "shop-canary")).toHaveLength(300)
    const none = routed({ rules: [make.split(100, 0)] })
    expect(Array.from({ length: 200 }, () => destination(none, "h"))).not.toContain("shop-canary")
  })

  it.each([
    ["all weights are zero", [make.split(0, 0)]],
    ["there is none", [{}]],
    ["the Service does not exist", [make.to("missing")]],
    ["the Service has no such port", [{ backendRefs: [{ name: "one", port: 81 }] }]],
    ["it is no Service", [{ backendRefs: [{ kind: "Bucket", name: "one", port: 80 }] }]],
    ["a filter is not known", [make.to("one", { filters: [{ type: "ExtensionRef" }] })]],
    ["it is in another namespace", [{ backendRefs: [{ name: "far", namespace: "other", port: 80 }] }]],
  ])("make an error of a request where %s", (_, rules) => {
    const far = make.service("far", {}, "other")
    const table = tableOf({ routes: [make.route({ rules })], services: [...services, far] })
    expect(destination(table, "h")).toBe(500)
  })

  it("fail for the share of a missing Service only", () => {
    const refs = [
      { name: "one", port: 80, weight: 50 },
      { name: "missing", port: 80, weight: 50 },
    ]
    const table = routed({ rules: [{ backendRefs: refs }] })
    const results = Array.from({ length: 100 }, () => destination(table, "h"))
    expect(results.filter((result) => result === 500)).toHaveLength(50)
  })

  it("may be in another namespace that grants it", () => {
    const routes = [make.route({ rules: [{ backendRefs: [{ name: "far", namespace: "other", port: 80 }] }] })]
    const far = [...services, make.service("far", {}, "other")]
    const granted = (grants: Objects["grants"]) => destination(tableOf({ routes, services: far, grants }), "h")
    expect(granted([make.grant("demo")])).toBe("other/far")
    expect(granted([make.grant("demo", [{ group: "", kind: "Service", name: "far" }])])).toBe("other/far")
    expect(granted([make.grant("demo", [{ group: "", kind: "Service", name: "near" }])])).toBe(500)
    expect(granted([make.grant("elsewhere")])).toBe(500)
  })

  it("leave a rule out that cannot be read, and keep the others", () => {
    const broken = { matches: [{ path: { type: "RegularExpression", value: "(" } }] }
    const table = routed({ rules: [make.to("one", broken), make.to("two")] })
    expect(destination(table, "h/x")).toBe("two")
  })
})

describe("Services by name", () => {
  const table = tableOf({ routes: [make.route({ rules: [make.to("two")] })] })

  it.each([
    "one.demo",
    "one.demo.svc",
    "one.demo.svc.cluster.local",
    "One.Demo.svc.cluster.local.",
    "one.demo:80",
    "one.demo:41000",
  ])("are found by Host %s, before routes for any host", (host) => {
    expect(destination(table, host)).toBe("one")
  })

  it.each(["one", "one.other", "one.demo.svc.example.com", "one.demo.example"])("are not meant by Host %s", (host) => {
    expect(destination(table, host)).toBe("two")
  })

  it("give way to a route that names the host", () => {
    const named = routed({ hostnames: ["one.demo"], rules: [make.to("two")] })
    expect(destination(named, "one.demo")).toBe("two")
  })

  it("have routes of their own where those name the Service as parent", () => {
    const parentRefs = [{ group: "", kind: "Service", name: "one" }]
    const meshed = routed({ parentRefs, rules: [make.split(0, 1)] })
    expect(destination(meshed, "one.demo")).toBe("shop-canary")
    expect(destination(meshed, "two.demo")).toBe("two")
    const foreign = make.route(
      { parentRefs: [{ ...parentRefs[0]!, namespace: "demo" }], rules: [make.to("two")] },
      { namespace: "x" },
    )
    expect(destination(tableOf({ routes: [foreign] }), "one.demo")).toBe("one")
  })
})
