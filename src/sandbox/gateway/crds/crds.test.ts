import { readdirSync, readFileSync } from "node:fs"
import { loadAll } from "js-yaml"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { type ApiServer, startApiServer } from "../../apiserver/server.ts"
import type { Rule } from "../objects.ts"
import * as make from "../objects.test-support.ts"
import { gatewayApiCrds } from "./all.ts"

let server: ApiServer
beforeAll(async () => {
  server = await startApiServer()
  for (const crd of gatewayApiCrds) server.cluster.create(crd)
  for (const name of ["demo", "gateways", "test", "other"]) {
    server.cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } })
  }
})
afterAll(() => server.close())

let count = 0
/** Creates the object under a name of its own. */
function created(object: KubeObject): KubeObject {
  const { namespace, annotations } = object.metadata
  const scope = namespace ? { namespace } : {}
  return server.cluster.create({
    ...object,
    metadata: { ...scope, ...(annotations ? { annotations } : {}), name: `n${count++}` },
  })
}

describe("what is left out", () => {
  it("of a route is filled in", () => {
    const { spec } = created(
      make.route({
        rules: [make.to("shop", { matches: [{ headers: [{ name: "a", value: "b" }] }], sessionPersistence: {} }), {}],
      }),
    )
    const everything = { path: { type: "PathPrefix", value: "/" } }
    expect(spec.parentRefs).toEqual([{ group: "gateway.networking.k8s.io", kind: "Gateway", ...make.parent }])
    expect(spec.rules).toEqual([
      {
        matches: [{ ...everything, headers: [{ type: "Exact", name: "a", value: "b" }] }],
        backendRefs: [{ group: "", kind: "Service", name: "shop", port: 80, weight: 1 }],
        sessionPersistence: { type: "Cookie" },
      },
      { matches: [everything] },
    ])
    expect(created(make.route({})).spec.rules).toEqual([{ matches: [everything] }])
  })

  it("of a Gateway too", () => {
    const { spec } = created(make.gateway({ name: "http", port: 80, protocol: "HTTP" }))
    expect(spec.listeners[0].allowedRoutes).toEqual({ namespaces: { from: "Same" } })
  })
})

describe("what is refused", () => {
  const rule = (some: Rule) => make.route({ rules: [make.to("shop", some)] })
  const filtered = (...filters: object[]) => rule({ filters: filters as Rule["filters"] })
  const path = (value: string, type = "Exact") => rule({ matches: [{ path: { type, value } }] })
  const backend = { name: "shadow", port: 80 }
  const rewrite = {
    type: "URLRewrite",
    urlRewrite: { path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/v2" } },
  }
  const redirect = { type: "RequestRedirect", requestRedirect: { scheme: "https" } }

  it.each<[string, KubeObject]>([
    ["a literal path begins with a slash", path("shop")],
    ["a literal path has no //", path("/a//b")],
    ["a literal path has no %2f", path("/a%2fb", "PathPrefix")],
    ["a literal path has no dots for an end", path("/a/..")],
    ["cors goes with type CORS", filtered({ type: "CORS" })],
    ["urlRewrite goes with type URLRewrite", filtered({ ...rewrite, type: "CORS", cors: {} })],
    ["CORS is given once", filtered({ type: "CORS", cors: {} }, { type: "CORS", cors: {} })],
    [
      "a redirected request is not rewritten",
      make.route({ rules: [{ filters: [redirect, { type: "URLRewrite", urlRewrite: { hostname: "a" } }] }] }),
    ],
    ["a redirected request goes to no backend", filtered(redirect)],
    [
      "a prefix can be replaced by urlRewrite where exactly one PathPrefix is matched",
      rule({ filters: [rewrite], matches: [{ path: { type: "Exact", value: "/a" } }] }),
    ],
    [
      "replaceFullPath goes with type ReplaceFullPath",
      filtered({ type: "URLRewrite", urlRewrite: { path: { type: "ReplaceFullPath" } } }),
    ],
    ["a Service needs a port", make.route({ rules: [{ backendRefs: [{ name: "shop" }] }] })],
    [
      "percent and fraction exclude each other",
      filtered({
        type: "RequestMirror",
        requestMirror: { backendRef: backend, percent: 1, fraction: { numerator: 1 } },
      }),
    ],
    [
      "a fraction is at most one",
      filtered({ type: "RequestMirror", requestMirror: { backendRef: backend, fraction: { numerator: 101 } } }),
    ],
    ["a pod may take no longer than the whole request", rule({ timeouts: { request: "1s", backendRequest: "2s" } })],
    [
      "a permanent cookie needs an absoluteTimeout",
      rule({ sessionPersistence: { cookieConfig: { lifetimeType: "Permanent" } } }),
    ],
    ["a star stands alone", filtered({ type: "CORS", cors: { allowOrigins: ["*", "https://a.example.com"] } })],
    [
      "a parent that is named more than once needs different sections or ports",
      make.route({ parentRefs: [make.parent, make.parent] }),
    ],
    [
      "a route may have 128 matches in all its rules",
      make.route({ rules: [0, 1, 2].map(() => ({ matches: Array.from({ length: 43 }, () => ({})) })) }),
    ],
    ["listeners differ in port, protocol or hostname", make.gateway(make.http(), make.http({ name: "other" }))],
    [
      "protocols HTTP, TCP and UDP have no tls",
      make.gateway({ ...make.http(), tls: { mode: "Passthrough" } } as never),
    ],
    ["protocols TCP and UDP have no hostname", make.gateway(make.http({ protocol: "TCP", hostname: "a.example.com" }))],
    [
      "mode Terminate needs certificateRefs or options",
      make.gateway({ ...make.http({ protocol: "HTTPS" }), tls: {} } as never),
    ],
    ["spec.hostnames[0]", make.route({ hostnames: ["Shop"] })],
    ["spec.rules[0].timeouts.request", rule({ timeouts: { request: "1.5s" } })],
    [
      "spec.rules[0].backendRefs[0].weight",
      make.route({ rules: [{ backendRefs: [{ ...backend, weight: 1_000_001 }] }] }),
    ],
  ])("%s", (message, object) => {
    expect(() => created(object)).toThrow(message)
  })

  it("is another controller for a class", () => {
    const made = created(make.gatewayClass())
    expect(() => server.cluster.update({ ...made, spec: { controllerName: "example.com/other" } })).toThrow(
      "the controller stays the same",
    )
  })
})

const examples = "src/routers/gatewayapi/examples"
const written = readdirSync(examples)
  .filter((name) => name.endsWith(".out.yaml"))
  .flatMap((name) =>
    (loadAll(readFileSync(`${examples}/${name}`, "utf8")) as KubeObject[]).map((object) => [name, object] as const),
  )
  .filter(([, object]) => object?.kind === "HTTPRoute")

it("takes every route that the operator writes, and changes nothing that is said", () => {
  expect(written.length).toBeGreaterThan(20)
  for (const [name, object] of written) {
    const { useDefaultGateways: _, ...spec } = object["spec"]
    expect(created({ ...object, spec }).spec, name).toMatchObject(spec)
  }
})

it("names things as users know them", () => {
  const names = gatewayApiCrds.map(({ metadata, spec }) => [
    metadata.name,
    spec.names.shortNames,
    spec.versions.map((version: any) => version.name),
  ])
  expect(names).toEqual([
    ["gatewayclasses.gateway.networking.k8s.io", ["gc"], ["v1", "v1beta1"]],
    ["gateways.gateway.networking.k8s.io", ["gtw"], ["v1", "v1beta1"]],
    ["httproutes.gateway.networking.k8s.io", undefined, ["v1", "v1beta1"]],
    ["grpcroutes.gateway.networking.k8s.io", undefined, ["v1"]],
    ["referencegrants.gateway.networking.k8s.io", ["refgrant"], ["v1beta1", "v1"]],
  ])
})
