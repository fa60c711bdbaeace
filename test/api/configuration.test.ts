import { describe, expect } from "vitest"
import { problemsOf, refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, ingress } from "./objects.ts"

describe.concurrent("config maps", () => {
  it("cannot change once they are immutable, except for their metadata", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.given(space.at("configmaps"), { ...configMap("a", { x: "1" }), immutable: true })
    const fixed = "Forbidden: field is immutable when `immutable` is set"
    expect(problemsOf(await api.patch(path, "merge", { data: { x: "2" } }))).toEqual([`data: ${fixed}`])
    expect(problemsOf(await api.patch(path, "merge", { immutable: false }))).toEqual([`immutable: ${fixed}`])
    expect((await api.patch(path, "merge", { metadata: { labels: { a: "b" } } })).status).toBe(200)
  })

  it("have keys that can be file names", async ({ api, space }) => {
    expect(problemsOf(await api.create(space.at("configmaps"), configMap("a", { "x/y": "1" })))).toEqual([
      "data[x/y]: Invalid value: \"x/y\": a valid config key must consist of alphanumeric characters, '-', '_' or '.' " +
        "(e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')",
    ])
  })

  it("have each key once, in text or in bytes", async ({ api, space }) => {
    const both = { ...configMap("a", { x: "1" }), binaryData: { x: "MQ==" } }
    expect(problemsOf(await api.create(space.at("configmaps"), both))).toEqual([
      'data[x]: Invalid value: "x": duplicate of key present in binaryData',
    ])
  })

  it("have bytes in base64", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), { ...configMap("a"), binaryData: { x: "Y!" } })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain("illegal base64 data at input byte 1")
  })
})

describe.concurrent("secrets", () => {
  it("take text and keep bytes", async ({ api, space }) => {
    const secret = { metadata: { name: "a" }, stringData: { x: "new" }, data: { x: "b2xk", y: "eQ==" } }
    const made = await api.given(space.at("secrets"), secret)
    expect(made).toMatchObject({ type: "Opaque", data: { x: "bmV3", y: "eQ==" } })
    expect(made["stringData"]).toBeUndefined()
    const { body } = await api.patch(space.at("secrets", "a"), "merge", { stringData: { z: "z" } })
    expect(body.data).toEqual({ x: "bmV3", y: "eQ==", z: "eg==" })
  })

  it("keep their type", async ({ api, space }) => {
    await api.given(space.at("secrets"), { metadata: { name: "a" } })
    expect(problemsOf(await api.patch(space.at("secrets", "a"), "merge", { type: "shop/key" }))).toEqual([
      'type: Invalid value: "shop/key": field is immutable',
    ])
  })

  it("have what their type promises", async ({ api, space }) => {
    const certificate = { metadata: { name: "a" }, type: "kubernetes.io/tls", data: { x: "eA==" } }
    expect(problemsOf(await api.create(space.at("secrets"), certificate))).toEqual([
      "data[tls.crt]: Required value",
      "data[tls.key]: Required value",
    ])
  })

  it("cannot change once they are immutable", async ({ api, space }) => {
    await api.given(space.at("secrets"), { metadata: { name: "a" }, immutable: true })
    expect(problemsOf(await api.patch(space.at("secrets", "a"), "merge", { stringData: { x: "1" } }))).toEqual([
      "data: Forbidden: field is immutable when `immutable` is set",
    ])
  })

  it("have bytes in base64", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("secrets"), {
      metadata: { name: "a" },
      data: { x: "no base64" },
    })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain("illegal base64 data at input byte 2")
  })
})

describe.concurrent("leases", () => {
  it("keep microseconds", async ({ api, space }) => {
    const spec = {
      holderIdentity: "me",
      leaseDurationSeconds: 15,
      acquireTime: "2026-01-01T00:00:00.000001Z",
      renewTime: "2026-01-01T00:00:01.100000Z",
      leaseTransitions: 1,
    }
    expect((await api.given(space.at("leases"), { metadata: { name: "a" }, spec }))["spec"]).toEqual(spec)
  })

  it("have sensible numbers", async ({ api, space }) => {
    const spec = { leaseDurationSeconds: 0, leaseTransitions: -1 }
    expect(problemsOf(await api.create(space.at("leases"), { metadata: { name: "a" }, spec }))).toEqual([
      "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
      "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
    ])
  })

  it("have times that are times", async ({ api, space }) => {
    const spec = { renewTime: "yesterday" }
    const { status, body } = await api.create(space.at("leases"), { metadata: { name: "a" }, spec })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain('parsing time "yesterday" as "2006-01-02T15:04:05.000000Z07:00"')
  })

  it("are taken by one of two who try from the same version", async ({ api, space }) => {
    const seen = await api.given(space.at("leases"), { metadata: { name: "a" }, spec: {} })
    const take = (holderIdentity: string) => api.replace(space.at("leases", "a"), { ...seen, spec: { holderIdentity } })
    const answers = await Promise.all([take("one"), take("two"), take("three")])
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 409)).toHaveLength(2)
  })
})

describe.concurrent("autoscalers", () => {
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "web" }
  const autoscaler = (spec: object) => ({ metadata: { name: "a" }, spec: { maxReplicas: 3, scaleTargetRef, ...spec } })
  const utilization = (averageUtilization: number) => ({
    type: "Resource",
    resource: { name: "cpu", target: { type: "Utilization", averageUtilization } },
  })

  it("get what they leave out", async ({ api, space }) => {
    const { spec } = await api.given(space.at("horizontalpodautoscalers"), autoscaler({}))
    expect(spec).toEqual({ scaleTargetRef, minReplicas: 1, maxReplicas: 3, metrics: [utilization(80)] })
  })

  it("get the other half of their behaviour", async ({ api, space }) => {
    const behavior = { scaleDown: { stabilizationWindowSeconds: 10 } }
    const { spec } = await api.given(space.at("horizontalpodautoscalers"), autoscaler({ behavior }))
    expect(spec.behavior).toEqual({
      scaleUp: {
        stabilizationWindowSeconds: 0,
        selectPolicy: "Max",
        policies: [
          { type: "Pods", value: 4, periodSeconds: 15 },
          { type: "Percent", value: 100, periodSeconds: 15 },
        ],
      },
      scaleDown: {
        stabilizationWindowSeconds: 10,
        selectPolicy: "Max",
        policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
      },
    })
  })

  it("have sensible numbers and a target", async ({ api, space }) => {
    const refused = async (spec: object) =>
      problemsOf(await api.create(space.at("horizontalpodautoscalers"), autoscaler(spec)))
    expect(await refused({ minReplicas: 5 })).toEqual([
      "spec.maxReplicas: Invalid value: 3: must be greater than or equal to `minReplicas`",
    ])
    expect(await refused({ scaleTargetRef: { ...scaleTargetRef, kind: "", name: "" } })).toEqual([
      "spec.scaleTargetRef.kind: Required value",
      "spec.scaleTargetRef.name: Required value",
    ])
    expect(await refused({ metrics: [{ type: "Resource" }] })).toEqual([
      "spec.metrics[0].resource: Required value: must populate information for the given metric source",
    ])
  })

  it("are the same object in both versions", async ({ api, space }) => {
    await api.given(space.at("horizontalpodautoscalers"), autoscaler({ metrics: [utilization(60)] }))
    const older = await api.read(space.of("autoscaling/v1", "horizontalpodautoscalers", "a"))
    expect(older).toMatchObject({
      apiVersion: "autoscaling/v1",
      spec: { minReplicas: 1, maxReplicas: 3, targetCPUUtilizationPercentage: 60 },
    })
    const path = space.of("autoscaling/v1", "horizontalpodautoscalers", "a")
    await api.patch(path, "merge", { spec: { targetCPUUtilizationPercentage: 70 } })
    const newer = await api.read(space.at("horizontalpodautoscalers", "a"))
    expect(newer.spec.metrics).toEqual([utilization(70)])
  })
})

describe.concurrent("ingresses", () => {
  const backend = { service: { name: "web", port: { number: 80 } } }
  const rules = (path: object, host?: string) => [{ host, http: { paths: [{ backend, ...path }] } }]
  const bare = (spec: object) => ({ metadata: { name: "a" }, spec })

  it("have an empty status at first", async ({ api, space }) => {
    expect((await api.given(space.at("ingresses"), ingress("a")))["status"]).toEqual({ loadBalancer: {} })
  })

  it("have rules or a default", async ({ api, space }) => {
    expect(problemsOf(await api.create(space.at("ingresses"), bare({})))).toEqual([
      "spec: Invalid value: null: either `defaultBackend` or `rules` must be specified",
    ])
  })

  it("say how paths are meant", async ({ api, space }) => {
    expect(problemsOf(await api.create(space.at("ingresses"), bare({ rules: rules({ path: "/" }) })))).toEqual([
      "spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified",
    ])
  })

  it("have hosts, paths and backends that can be", async ({ api, space }) => {
    const wrong = { path: "x", pathType: "Prefix", backend: { service: { name: "web", port: {} } } }
    expect(problemsOf(await api.create(space.at("ingresses"), bare({ rules: rules(wrong, "A b") })))).toEqual([
      expect.stringMatching(
        /^spec\.rules\[0\]\.host: Invalid value: "A b": a lowercase RFC 1123 subdomain must consist of/,
      ),
      'spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path',
      "spec.rules[0].http.paths[0].backend: Required value: port name or number is required",
    ])
  })
})

describe.concurrent("events", () => {
  const about = (namespace: string, name = "a") => ({
    kind: "ConfigMap",
    apiVersion: "v1",
    namespace,
    name,
    uid: `uid-of-${name}`,
  })
  const event = (name: string, involvedObject: object, others: object = {}) => ({
    apiVersion: "v1",
    kind: "Event",
    metadata: { name },
    involvedObject,
    reason: "Synced",
    message: "all is well",
    type: "Normal",
    source: { component: "flagger" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:00Z",
    count: 1,
    ...others,
  })

  it("are kept as told", async ({ api, space }) => {
    const told = event("a", about(space.name))
    const { metadata: _, ...rest } = told
    expect(await api.given(space.at("events"), told)).toMatchObject({
      ...rest,
      eventTime: null,
      reportingComponent: "",
      reportingInstance: "",
    })
  })

  it("are told again by patch", async ({ api, space }) => {
    await api.given(space.at("events"), event("a", about(space.name)))
    const { status, body } = await api.patch(space.at("events", "a"), "merge", { count: 2, message: "still well" })
    expect(status).toBe(200)
    expect(body).toMatchObject({ count: 2, message: "still well" })
  })

  it("are in the namespace of what they are about", async ({ api, space }) => {
    expect(problemsOf(await api.create(space.at("events"), event("a", about("elsewhere"))))).toEqual([
      'involvedObject.namespace: Invalid value: "elsewhere": does not match event.namespace',
    ])
  })

  it("are chosen by what they are about, reason and type", async ({ api, space }) => {
    await api.given(space.at("events"), event("a", about(space.name, "a")))
    await api.given(space.at("events"), event("b", about(space.name, "b"), { type: "Warning", reason: "Halted" }))
    const chosen = async (...selectors: string[]) => {
      const { items } = await api.read(`${space.at("events")}?fieldSelector=${selectors.join(",")}`)
      return items.map(({ metadata }: any) => metadata.name)
    }
    expect(await chosen("involvedObject.name=a", "involvedObject.kind=ConfigMap")).toEqual(["a"])
    expect(await chosen("involvedObject.uid=uid-of-b")).toEqual(["b"])
    expect(await chosen("type=Warning")).toEqual(["b"])
    expect(await chosen("reason!=Halted", `involvedObject.namespace=${space.name}`)).toEqual(["a"])
    expect(await api.get(`${space.at("events")}?fieldSelector=message=x`)).toMatchObject(
      refusal(400, "BadRequest", "field label not supported: message"),
    )
  })

  it("are the same in the newer group", async ({ api, space }) => {
    await api.given(space.at("events"), event("a", about(space.name)))
    const path = space.of("events.k8s.io/v1", "events", "a")
    expect(await api.read(path)).toMatchObject({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      regarding: about(space.name),
      note: "all is well",
      reason: "Synced",
      deprecatedCount: 1,
      deprecatedSource: { component: "flagger" },
    })
  })
})
