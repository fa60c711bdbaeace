import { describe, expect } from "vitest"
import { refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, deployment, ingress } from "./objects.ts"

type Data = Record<string, string>
const applied = (data?: Data, metadata: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "a", ...metadata },
  ...(data ? { data } : {}),
})

/** Who owns what, in the order of their names and without the times. */
const ownership = ({ metadata }: any) =>
  metadata.managedFields
    .map(({ manager, operation, fieldsV1 }: any) => owns(manager, fieldsV1, operation))
    .toSorted((one: any, other: any) => one.manager.localeCompare(other.manager))
const owns = (manager: string, fieldsV1: object, operation = "Apply") => ({ manager, operation, fieldsV1 })
const dataKeys = (...keys: string[]) => ({ "f:data": Object.fromEntries(keys.map((key) => [`f:${key}`, {}])) })

describe.concurrent("applying", () => {
  it("creates what is not there, owned by its manager", async ({ api, space }) => {
    const { status, body } = await api.apply(space.at("configmaps", "a"), "one", applied({ x: "1" }))
    expect(status).toBe(201)
    expect(body).toMatchObject({ metadata: { name: "a", namespace: space.name }, data: { x: "1" } })
    expect(body.metadata.managedFields).toMatchObject([
      { manager: "one", operation: "Apply", apiVersion: "v1", fieldsType: "FieldsV1", fieldsV1: dataKeys("x") },
    ])
  })

  it("reads YAML", async ({ api, space }) => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: one\n"
    expect((await api.apply(space.at("configmaps", "a"), "one", yaml)).body.data).toEqual({ x: "one" })
  })

  it("adds to what others own", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1" }))
    const { status, body } = await api.apply(path, "two", applied({ y: "2" }))
    expect(status).toBe(200)
    expect(body.data).toEqual({ x: "1", y: "2" })
    expect(ownership(body)).toEqual([owns("one", dataKeys("x")), owns("two", dataKeys("y"))])
  })

  it("removes what its manager owned alone and no longer wants", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1", y: "2" }))
    const { body } = await api.apply(path, "one", applied({ x: "1" }))
    expect(body.data).toEqual({ x: "1" })
    expect(ownership(body)).toEqual([owns("one", dataKeys("x"))])
  })

  it("shares what two managers want alike, and keeps it until the last lets go", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1" }))
    const shared = await api.apply(path, "two", applied({ x: "1" }))
    expect(shared.status).toBe(200)
    expect(ownership(shared.body)).toEqual([owns("one", dataKeys("x")), owns("two", dataKeys("x"))])
    expect((await api.apply(path, "one", applied())).body.data).toEqual({ x: "1" })
    expect((await api.apply(path, "two", applied())).body.data).toBeUndefined()
  })

  it("leaves alone what was written otherwise", async ({ api, space }) => {
    await api.given(`${space.at("configmaps")}?fieldManager=writer`, configMap("a", { x: "1" }))
    const { body } = await api.apply(space.at("configmaps", "a"), "one", applied({ y: "2" }))
    expect(body.data).toEqual({ x: "1", y: "2" })
    expect(ownership(body)).toEqual([
      owns("one", dataKeys("y")),
      owns("writer", { "f:data": { ".": {}, "f:x": {} } }, "Update"),
    ])
  })

  it("with nothing new keeps the resource version", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    const before = await api.apply(path, "one", applied({ x: "1" }))
    const after = await api.apply(path, "one", applied({ x: "1" }))
    expect(after.body.metadata.resourceVersion).toBe(before.body.metadata.resourceVersion)
  })

  it("for show changes nothing", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    const { status, body } = await api.apply(`${path}?dryRun=All`, "one", applied({ x: "1" }))
    expect({ status, data: body.data }).toEqual({ status: 201, data: { x: "1" } })
    expect((await api.get(path)).status).toBe(404)
  })

  it("owns labels and annotations one by one", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied(undefined, { labels: { a: "1" } }))
    const { body } = await api.apply(path, "two", applied(undefined, { labels: { b: "2" }, annotations: { c: "3" } }))
    expect(body.metadata).toMatchObject({ labels: { a: "1", b: "2" }, annotations: { c: "3" } })
    expect(ownership(body)[1]).toEqual(
      owns("two", { "f:metadata": { "f:annotations": { "f:c": {} }, "f:labels": { "f:b": {} } } }),
    )
  })

  it("hands fields over to somebody who writes them otherwise", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1", y: "1" }))
    const { body } = await api.patch(`${path}?fieldManager=writer`, "merge", { data: { x: "2" } })
    expect(ownership(body)).toEqual([owns("one", dataKeys("y")), owns("writer", { "f:data": { "f:x": {} } }, "Update")])
  })

  it("forgets owners of what somebody removes", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1", y: "1" }))
    const { body } = await api.patch(path, "merge", { data: { x: null } })
    expect(ownership(body)).toEqual([owns("one", dataKeys("y"))])
  })

  it("lets anybody clear the notes on owners, whose place an unknown one takes", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1" }))
    const { body } = await api.patch(path, "merge", { metadata: { managedFields: [{}] } })
    expect(body.metadata.managedFields).toBeUndefined()
    const text = 'Apply failed with 1 conflict: conflict with "before-first-apply" using v1: .data.x'
    expect(await api.apply(path, "two", applied({ x: "2" }))).toMatchObject(refusal(409, "Conflict", text))
  })
})

describe.concurrent("applying what another manager owns", () => {
  it("is a conflict", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1" }))
    expect(await api.apply(path, "two", applied({ x: "2" }))).toMatchObject(
      refusal(409, "Conflict", 'Apply failed with 1 conflict: conflict with "one": .data.x', {
        causes: [{ reason: "FieldManagerConflict", message: 'conflict with "one"', field: ".data.x" }],
      }),
    )
    expect((await api.read(path)).data).toEqual({ x: "1" })
  })

  it("names every conflict", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1", y: "1" }))
    expect(await api.apply(path, "two", applied({ x: "2", y: "2" }))).toMatchObject(
      refusal(409, "Conflict", 'Apply failed with 2 conflicts: conflicts with "one":\n- .data.x\n- .data.y', {
        causes: [{ field: ".data.x" }, { field: ".data.y" }],
      }),
    )
  })

  it("is a conflict with those who wrote it otherwise, too", async ({ api, space }) => {
    await api.given(`${space.at("configmaps")}?fieldManager=writer`, configMap("a", { x: "1" }))
    const answer = await api.apply(space.at("configmaps", "a"), "one", applied({ x: "2" }))
    const text = 'Apply failed with 1 conflict: conflict with "writer" using v1: .data.x'
    expect(answer).toMatchObject(refusal(409, "Conflict", text))
  })

  it("takes it over by force", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied({ x: "1", y: "1" }))
    const { status, body } = await api.apply(path, "two", applied({ x: "2" }), { force: true })
    expect({ status, data: body.data }).toEqual({ status: 200, data: { x: "2", y: "1" } })
    expect(ownership(body)).toEqual([owns("one", dataKeys("y")), owns("two", dataKeys("x"))])
  })
})

describe.concurrent("applying lists", () => {
  const pods = (...containers: object[]) => ({
    ...deployment("a"),
    spec: { selector: { matchLabels: { app: "a" } }, template: template(...containers) },
  })
  const template = (...containers: object[]) => ({ metadata: { labels: { app: "a" } }, spec: { containers } })
  const web = { name: "web", image: "web:1", ports: [{ containerPort: 80 }] }
  const side = { name: "side", image: "side:1" }

  it("of containers owns each of them by name", async ({ api, space }) => {
    const path = space.at("deployments", "a")
    await api.apply(path, "one", { ...pods(web), spec: { ...pods(web).spec, replicas: 0 } })
    const { status, body } = await api.apply(path, "two", {
      apiVersion: "apps/v1",
      kind: "Deployment",
      metadata: { name: "a" },
      spec: { template: { spec: { containers: [side] } } },
    })
    expect(status).toBe(200)
    expect(body.spec.template.spec.containers).toMatchObject([web, side])
    const [one, two] = ownership(body).filter(({ operation }: any) => operation === "Apply")
    expect(one).toEqual(
      owns("one", {
        "f:spec": {
          "f:replicas": {},
          "f:selector": {},
          "f:template": {
            "f:metadata": { "f:labels": { "f:app": {} } },
            "f:spec": {
              "f:containers": {
                'k:{"name":"web"}': {
                  ".": {},
                  "f:image": {},
                  "f:name": {},
                  "f:ports": { 'k:{"containerPort":80,"protocol":"TCP"}': { ".": {}, "f:containerPort": {} } },
                },
              },
            },
          },
        },
      }),
    )
    const containers = { 'k:{"name":"side"}': { ".": {}, "f:image": {}, "f:name": {} } }
    expect(two).toEqual(owns("two", { "f:spec": { "f:template": { "f:spec": { "f:containers": containers } } } }))
  })

  it("names the item of a conflict by its key", async ({ api, space }) => {
    const path = space.at("deployments", "a")
    await api.apply(path, "one", { ...deployment("a") })
    const { status, body } = await api.apply(path, "two", pods({ ...web, image: "web:2" }))
    expect(status).toBe(409)
    expect(body.message).toBe(
      'Apply failed with 1 conflict: conflict with "one": .spec.template.spec.containers[name="web"].image',
    )
  })

  it("removes the items that its manager no longer wants", async ({ api, space }) => {
    const path = space.at("deployments", "a")
    const scaled = (...containers: object[]) => ({ ...pods(), spec: { ...pods(...containers).spec, replicas: 0 } })
    await api.apply(path, "one", scaled(web, side))
    const { body } = await api.apply(path, "one", scaled(web))
    expect(body.spec.template.spec.containers).toMatchObject([{ name: "web" }])
  })

  it("of finalizers owns each value", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.apply(path, "one", applied(undefined, { finalizers: ["shop.example.com/a"] }))
    const { body } = await api.apply(path, "two", applied(undefined, { finalizers: ["shop.example.com/b"] }))
    expect(body.metadata.finalizers).toEqual(["shop.example.com/a", "shop.example.com/b"])
    expect(ownership(body)[1]).toEqual(
      owns("two", { "f:metadata": { "f:finalizers": { 'v:"shop.example.com/b"': {} } } }),
    )
    await api.patch(path, "merge", { metadata: { finalizers: null } })
  })
})

describe.concurrent("applying a status", () => {
  it("owns it apart from the object", async ({ api, space }) => {
    await api.given(space.at("ingresses"), ingress("a"))
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } }
    const claim = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", metadata: { name: "a" }, status }
    const answer = await api.apply(space.at("ingresses", "a", "status"), "balancer", claim)
    expect(answer).toMatchObject({ status: 200, body: { status, metadata: { generation: 1 } } })
    expect(answer.body.metadata.managedFields).toMatchObject([
      {
        manager: "balancer",
        operation: "Apply",
        subresource: "status",
        fieldsV1: { "f:status": { "f:loadBalancer": { "f:ingress": {} } } },
      },
      { operation: "Update" },
    ])
  })
})

describe.concurrent("applying is refused", () => {
  it("without a manager", async ({ api, space }) => {
    const problem = "Required value: is required for apply patch"
    expect(await api.patch(space.at("configmaps", "a"), "apply", applied())).toMatchObject(
      refusal(422, "Invalid", `PatchOptions.meta.k8s.io "" is invalid: fieldManager: ${problem}`, {
        causes: [{ reason: "FieldValueRequired", message: problem, field: "fieldManager" }],
      }),
    )
  })

  it("with notes on owners", async ({ api, space }) => {
    const claim = applied({}, { managedFields: [{ manager: "one" }] })
    expect(await api.apply(space.at("configmaps", "a"), "one", claim)).toMatchObject(
      refusal(400, "BadRequest", "metadata.managedFields must be nil"),
    )
  })

  it("without kind, or with another one", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.given(space.at("configmaps"), configMap("a"))
    expect(await api.apply(path, "one", { metadata: { name: "a" } })).toMatchObject(
      refusal(400, "BadRequest", "invalid object type: /, Kind="),
    )
    expect(await api.apply(path, "one", { ...applied(), kind: "Secret" })).toMatchObject(
      refusal(400, "BadRequest", "invalid object type: /v1, Kind=Secret"),
    )
  })

  it("under another name", async ({ api, space }) => {
    const answer = await api.apply(space.at("configmaps", "a"), "one", applied({}, { name: "b" }))
    const text = "the name of the object (b) does not match the name on the URL (a)"
    expect(answer).toMatchObject(refusal(400, "BadRequest", text))
  })

  it("with fields that the kind does not have", async ({ api, space }) => {
    const { status, body } = await api.apply(space.at("configmaps", "a"), "one", { ...applied(), nope: 1 })
    expect(status).toBe(500)
    expect(body.message).toMatch(/^failed to create typed patch object \(.*\): \.nope: field not declared in schema$/)
  })

  it("with values of the wrong type", async ({ api, space }) => {
    const { status, body } = await api.apply(space.at("configmaps", "a"), "one", { ...applied(), data: { x: 1 } })
    expect(status).toBe(500)
    expect(body.message).toMatch(/^failed to create typed patch object \(.*\): \.data\.x: expected string, got /)
  })

  it("from another resource version", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const answer = await api.apply(space.at("configmaps", "a"), "one", applied({ x: "1" }, { resourceVersion: "1" }))
    expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } })
  })

  it("with two items of one key", async ({ api, space }) => {
    const twice = { name: "web", image: "web:1" }
    const object = deployment("a", {}, { containers: [twice, twice] })
    const { status, body } = await api.apply(space.at("deployments", "a"), "one", object)
    expect(status).toBe(500)
    expect(body.message).toContain('.spec.template.spec.containers: duplicate entries for key [name="web"]')
  })
})
