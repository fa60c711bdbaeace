import { describe, expect } from "vitest"
import { refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, deployment, ingress } from "./objects.ts"

const rule = (path: string) => [{ http: { paths: [{ path, pathType: "Prefix", backend: backend("web") }] } }]
const backend = (name: string) => ({ service: { name, port: { number: 80 } } })

describe.concurrent("replacing", () => {
  it("changes what is stored and its resource version", async ({ api, space }) => {
    const before: any = await api.given(space.at("configmaps"), configMap("a", { key: "1", other: "1" }))
    const { status, body } = await api.replace(space.at("configmaps", "a"), { ...before, data: { key: "2" } })
    expect(status).toBe(200)
    expect(body.data).toEqual({ key: "2" })
    expect(body.metadata.uid).toBe(before.metadata.uid)
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion))
  })

  it("is refused when somebody else was faster", async ({ api, space }) => {
    const before = await api.given(space.at("configmaps"), configMap("a"))
    await api.replace(space.at("configmaps", "a"), { ...before, data: { key: "theirs" } })
    const answer = await api.replace(space.at("configmaps", "a"), { ...before, data: { key: "ours" } })
    const text =
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
      "please apply your changes to the latest version and try again"
    expect(answer).toMatchObject(refusal(409, "Conflict", text, { name: "a", kind: "configmaps" }))
    expect((await api.read(space.at("configmaps", "a"))).data).toEqual({ key: "theirs" })
  })

  it("is done in any case without a resource version where the kind allows it", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    expect((await api.replace(space.at("configmaps", "a"), configMap("a", { key: "2" }))).status).toBe(200)
  })

  it("needs a resource version for leases, which it creates where there are none", async ({ api, space }) => {
    const lease = { metadata: { name: "a" }, spec: { holderIdentity: "me" } }
    expect((await api.replace(space.at("leases", "a"), lease)).status).toBe(201)
    const { status, body } = await api.replace(space.at("leases", "a"), lease)
    expect({ status, reason: body.reason }).toEqual({ status: 422, reason: "Invalid" })
    expect(body.message).toContain("metadata.resourceVersion: Invalid value: 0: must be specified for an update")
  })

  it("is refused where there is nothing", async ({ api, space }) => {
    const answer = await api.replace(space.at("configmaps", "a"), configMap("a"))
    expect(answer).toMatchObject(refusal(404, "NotFound", 'configmaps "a" not found'))
  })

  it("with nothing new keeps the resource version", async ({ api, space }) => {
    const before = await api.given(space.at("configmaps"), configMap("a", { key: "1" }))
    const { body } = await api.replace(space.at("configmaps", "a"), configMap("a", { key: "1" }))
    expect(body.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it("for show changes nothing", async ({ api, space }) => {
    const before = await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.replace(
      `${space.at("configmaps", "a")}?dryRun=All`,
      configMap("a", { key: "2" }),
    )
    expect({ status, data: body.data }).toEqual({ status: 200, data: { key: "2" } })
    expect(await api.read(space.at("configmaps", "a"))).toEqual(before)
  })

  it("warns of unknown fields", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { status, headers } = await api.replace(space.at("configmaps", "a"), { ...configMap("a"), nope: 1 })
    expect({ status, warning: headers["warning"] }).toEqual({
      status: 200,
      warning: '299 - "unknown field \\"nope\\""',
    })
  })
})

describe.concurrent("identity", () => {
  it("is given by the name in the path", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const text = "the name of the object (b) does not match the name on the URL (a)"
    expect(await api.replace(space.at("configmaps", "a"), configMap("b"))).toMatchObject(
      refusal(400, "BadRequest", text),
    )
    expect(await api.replace(space.at("configmaps", "a"), { metadata: {} })).toMatchObject(
      refusal(400, "BadRequest", "the name of the object (a based on URL) was undeterminable: name must be provided"),
    )
  })

  it("is given by the namespace in the path", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const text = "the namespace of the provided object does not match the namespace sent on the request"
    const elsewhere = configMap("a", {}, { namespace: "elsewhere" })
    expect(await api.replace(space.at("configmaps", "a"), elsewhere)).toMatchObject(refusal(400, "BadRequest", text))
  })

  it("makes a uid a condition", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.replace(space.at("configmaps", "a"), configMap("a", {}, { uid: "other" }))
    expect({ status, reason: body.reason }).toEqual({ status: 409, reason: "Conflict" })
    expect(body.message).toContain(
      `Precondition failed: UID in precondition: other, UID in object meta: ${metadata.uid}`,
    )
  })

  it("keeps its creation time and takes no other generation", async ({ api, space }) => {
    const before: any = await api.given(space.at("ingresses"), ingress("a"))
    const { creationTimestamp, generation } = before.metadata
    const claims = { creationTimestamp: "2001-01-01T00:00:00Z", generation: 9, labels: { a: "b" } }
    const { body } = await api.replace(space.at("ingresses", "a"), ingress("a", {}, claims))
    expect(body.metadata).toMatchObject({ creationTimestamp, generation, labels: { a: "b" } })
  })
})

describe.concurrent("generations", () => {
  it("count changes of the spec only", async ({ api, space }) => {
    await api.given(space.at("ingresses"), ingress("a"))
    const path = space.at("ingresses", "a")
    const generation = async (body: object) => (await api.patch(path, "merge", body)).body.metadata.generation
    expect(await generation({ metadata: { labels: { a: "b" }, annotations: { a: "b" } } })).toBe(1)
    expect(await generation({ spec: { rules: rule("/") } })).toBe(2)
    expect(await generation({ spec: { rules: rule("/") } })).toBe(2)
    await api.patch(space.at("ingresses", "a", "status"), "merge", {
      status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } },
    })
    expect((await api.read(path)).metadata.generation).toBe(2)
  })

  it("count changes of annotations of deployments as well", async ({ api, space }) => {
    await api.given(space.at("deployments"), deployment("a"))
    const path = space.at("deployments", "a")
    const generation = async (body: object) => (await api.patch(path, "merge", body)).body.metadata.generation
    expect(await generation({ metadata: { labels: { a: "b" } } })).toBe(1)
    expect(await generation({ spec: { minReadySeconds: 1 } })).toBe(2)
    expect(await generation({ metadata: { annotations: { a: "b" } } })).toBe(3)
  })
})

describe.concurrent("the status", () => {
  const address = (ip: string) => ({ loadBalancer: { ingress: [{ ip }] } })

  it("is not touched by writes to the object", async ({ api, space }) => {
    const before: any = await api.given(space.at("ingresses"), ingress("a"))
    const { body } = await api.replace(space.at("ingresses", "a"), { ...before, status: address("10.0.0.1") })
    expect(body.status).toEqual({ loadBalancer: {} })
    expect(body.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it("is written at its own path, which touches nothing else", async ({ api, space }) => {
    const before: any = await api.given(space.at("ingresses"), ingress("a"))
    const claim = { ...before, spec: { rules: rule("/") }, status: address("10.0.0.1") }
    const { status, body } = await api.replace(space.at("ingresses", "a", "status"), claim)
    expect(status).toBe(200)
    expect(body.spec).toEqual(before.spec)
    expect(body.status).toEqual(address("10.0.0.1"))
    expect(body.metadata.generation).toBe(1)
  })

  it("does not exist for kinds without", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const answer = await api.get(space.at("configmaps", "a", "status"))
    expect(answer).toMatchObject(refusal(404, "NotFound", "the server could not find the requested resource"))
  })

  it("is noted in the managed fields under its own name", async ({ api, space }) => {
    await api.given(space.at("ingresses"), ingress("a"))
    await api.patch(`${space.at("ingresses", "a", "status")}?fieldManager=balancer`, "merge", {
      status: address("10.0.0.1"),
    })
    const { metadata } = await api.read(space.at("ingresses", "a"))
    expect(metadata.managedFields).toMatchObject([
      { operation: "Update", fieldsV1: { "f:spec": {} } },
      {
        manager: "balancer",
        operation: "Update",
        subresource: "status",
        fieldsV1: { "f:status": { "f:loadBalancer": { "f:ingress": {} } } },
      },
    ])
  })
})
