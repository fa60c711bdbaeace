import { describe, expect } from "vitest"
import { it as plain } from "./it.ts"
import { configMap, deployment } from "./objects.ts"

const containers = [
  {
    name: "web",
    image: "web:1",
    ports: [
      { name: "http", containerPort: 80 },
      { name: "admin", containerPort: 81 },
    ],
    env: [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
    ],
    args: ["one", "two"],
  },
  { name: "side", image: "side:1" },
]

/** Patches the pod template of a deployment of two containers and gives its spec. */
const it = plain.extend("patchPod", async ({ api, space }) => {
  await api.given(space.at("deployments"), deployment("a", {}, { containers }))
  return async (spec: object) => {
    const answer = await api.patch(space.at("deployments", "a"), "strategic", { spec: { template: { spec } } })
    expect(answer.status).toBe(200)
    return answer.body.spec.template.spec
  }
})

const names = (items: { name: string }[]) => items.map(({ name }) => name)

describe.concurrent("a strategic merge patch", () => {
  it("merges containers by name and keeps the others", async ({ patchPod }) => {
    const spec = await patchPod({ containers: [{ name: "side", image: "side:2" }] })
    expect(spec.containers).toMatchObject([
      { name: "web", image: "web:1" },
      { name: "side", image: "side:2" },
    ])
  })

  it("puts new containers before the others", async ({ patchPod }) => {
    const spec = await patchPod({ containers: [{ name: "new", image: "new:1" }] })
    expect(names(spec.containers)).toEqual(["new", "web", "side"])
  })

  it("merges ports by their number and variables by name", async ({ patchPod }) => {
    const { containers: found } = await patchPod({
      containers: [
        { name: "web", ports: [{ containerPort: 81, name: "ops" }], env: [{ name: "B", value: "3" }, { name: "C" }] },
      ],
    })
    expect(found[0].ports).toEqual([
      { name: "http", containerPort: 80, protocol: "TCP" },
      { name: "ops", containerPort: 81, protocol: "TCP" },
    ])
    expect(found[0].env).toEqual([{ name: "A", value: "1" }, { name: "B", value: "3" }, { name: "C" }])
  })

  it("replaces lists that have no key", async ({ patchPod }) => {
    const spec = await patchPod({ containers: [{ name: "web", args: ["three"] }] })
    expect(spec.containers[0].args).toEqual(["three"])
  })

  it("removes with null", async ({ patchPod }) => {
    const spec = await patchPod({ containers: [{ name: "web", env: null }] })
    expect(spec.containers[0].env).toBeUndefined()
  })

  it("removes an item with $patch: delete", async ({ patchPod }) => {
    const spec = await patchPod({
      containers: [
        { name: "side", $patch: "delete" },
        { name: "web", env: [{ name: "A", $patch: "delete" }] },
      ],
    })
    expect(names(spec.containers)).toEqual(["web"])
    expect(spec.containers[0].env).toEqual([{ name: "B", value: "2" }])
  })

  it("replaces a list with $patch: replace", async ({ patchPod }) => {
    const spec = await patchPod({ containers: [{ $patch: "replace" }, { name: "only", image: "only:1" }] })
    expect(names(spec.containers)).toEqual(["only"])
  })

  it("puts items into the order of $setElementOrder", async ({ patchPod }) => {
    const spec = await patchPod({
      "$setElementOrder/containers": [{ name: "side" }, { name: "web" }],
      containers: [{ name: "web", image: "web:2" }],
    })
    expect(spec.containers).toMatchObject([{ name: "side" }, { name: "web", image: "web:2" }])
  })

  it("replaces a union with $retainKeys", async ({ api, space }) => {
    await api.given(space.at("deployments"), deployment("a"))
    const strategy = { $retainKeys: ["type"], type: "Recreate" }
    const { body } = await api.patch(space.at("deployments", "a"), "strategic", { spec: { strategy } })
    expect(body.spec.strategy).toEqual({ type: "Recreate" })
  })

  it("merges maps, and replaces one with $patch: replace", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1", y: "2" }))
    const path = space.at("configmaps", "a")
    expect((await api.patch(path, "strategic", { data: { y: null, z: "3" } })).body.data).toEqual({ x: "1", z: "3" })
    const whole = { data: { $patch: "replace", only: "1" } }
    expect((await api.patch(path, "strategic", whole)).body.data).toEqual({ only: "1" })
  })

  it("adds to and removes from lists of plain values", async ({ api, space }) => {
    const finalizers = ["shop.example.com/a", "shop.example.com/b"]
    await api.given(space.at("configmaps"), configMap("a", {}, { finalizers }))
    const path = space.at("configmaps", "a")
    const added = await api.patch(path, "strategic", { metadata: { finalizers: ["shop.example.com/c"] } })
    expect(added.body.metadata.finalizers.toSorted()).toEqual([...finalizers, "shop.example.com/c"])
    const removed = await api.patch(path, "strategic", {
      metadata: { "$deleteFromPrimitiveList/finalizers": ["shop.example.com/a", "shop.example.com/c"] },
    })
    expect(removed.body.metadata.finalizers).toEqual(["shop.example.com/b"])
    await api.patch(path, "merge", { metadata: { finalizers: null } })
  })

  it("is refused with a directive that nobody knows", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    expect(await api.patch(space.at("configmaps", "a"), "strategic", { $patch: "nope" })).toMatchObject({
      status: 500,
      body: { message: "unknown patch type: nope in map: map[$patch:nope]" },
    })
  })

  it("merges owners by uid", async ({ api, space }) => {
    const owner = (uid: string, name: string) => ({ apiVersion: "v1", kind: "ConfigMap", name, uid })
    const [one, two] = [
      await api.given(space.at("configmaps"), configMap("one")),
      await api.given(space.at("configmaps"), configMap("two")),
    ].map(({ metadata }) => owner(metadata.uid!, metadata.name))
    await api.given(space.at("configmaps"), configMap("a", {}, { ownerReferences: [one] }))
    const patch = { metadata: { ownerReferences: [two, { ...one, blockOwnerDeletion: true }] } }
    const { body } = await api.patch(space.at("configmaps", "a"), "strategic", patch)
    expect(body.metadata.ownerReferences).toHaveLength(2)
    expect(body.metadata.ownerReferences).toEqual(expect.arrayContaining([two, { ...one, blockOwnerDeletion: true }]))
  })

  it("with another resource version is refused", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const patch = { metadata: { resourceVersion: "1" }, data: { x: "1" } }
    expect(await api.patch(space.at("configmaps", "a"), "strategic", patch)).toMatchObject({
      status: 409,
      body: { reason: "Conflict" },
    })
  })
})
