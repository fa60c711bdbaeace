import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { type Api, problemsOf, refusal } from "./http.ts"
import { fresh, it } from "./it.ts"
import { configMap } from "./objects.ts"

const namespaces = "/api/v1/namespaces"
const finalizer = "shop.example.com/hold"
const letGo = (api: Api, path: string) => api.patch(path, "merge", { metadata: { finalizers: null } })

describe.concurrent("namespaces", () => {
  it("are active, and have a label with their name", async ({ api }) => {
    const name = fresh("api")
    expect(await api.given(namespaces, { metadata: { name, labels: { team: "shop" } } })).toMatchObject({
      metadata: { labels: { "kubernetes.io/metadata.name": name, team: "shop" } },
      spec: { finalizers: ["kubernetes"] },
      status: { phase: "Active" },
    })
  })

  it("have some that are always there", async ({ api }) => {
    const { items } = await api.read(namespaces)
    const names = items.map(({ metadata }: any) => metadata.name)
    expect(names).toEqual(expect.arrayContaining(["default", "kube-node-lease", "kube-public", "kube-system"]))
  })

  it("have names that can be part of a host name", async ({ api }) => {
    const problems = problemsOf(await api.create(namespaces, { metadata: { name: "a.b" } }))
    expect(problems).toEqual(['metadata.name: Invalid value: "a.b": must not contain dots'])
  })

  it("cannot be deleted where the cluster needs them", async ({ api }) => {
    for (const name of ["default", "kube-system", "kube-public"]) {
      const text = `namespaces "${name}" is forbidden: this namespace may not be deleted`
      expect(await api.delete(`${namespaces}/${name}`)).toMatchObject(refusal(403, "Forbidden", text))
    }
  })

  it("go with everything in them", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    await api.given(space.at("secrets"), { metadata: { name: "a" } })
    const { status, body } = await api.delete(`${namespaces}/${space.name}`)
    expect(status).toBe(200)
    expect(body).toMatchObject({
      kind: "Namespace",
      metadata: { name: space.name, deletionTimestamp: expect.any(String) },
      status: { phase: "Terminating" },
    })
    const gone = async () => (await api.get(`${namespaces}/${space.name}`)).status === 404
    await eventually("the namespace is gone", gone)
    expect((await api.get(space.at("configmaps", "a"))).status).toBe(404)
    expect((await api.get(space.at("secrets", "a"))).status).toBe(404)
  })

  it("take nothing new while they go", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("held", {}, { finalizers: [finalizer] }))
    await api.delete(`${namespaces}/${space.name}`)
    const text =
      `configmaps "late" is forbidden: unable to create new content in namespace ${space.name} ` +
      "because it is being terminated"
    expect(await api.create(space.at("configmaps"), configMap("late"))).toMatchObject(
      refusal(403, "Forbidden", text, {
        name: "late",
        kind: "configmaps",
        causes: [
          {
            reason: "NamespaceTerminating",
            message: `namespace ${space.name} is being terminated`,
            field: "metadata.namespace",
          },
        ],
      }),
    )
    await letGo(api, space.at("configmaps", "held"))
  })

  it("can be changed while they go, also what is in them", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("held", {}, { finalizers: [finalizer] }))
    await api.delete(`${namespaces}/${space.name}`)
    const labels = { metadata: { labels: { a: "b" } } }
    expect((await api.patch(`${namespaces}/${space.name}`, "merge", labels)).status).toBe(200)
    expect((await api.patch(space.at("configmaps", "held"), "merge", labels)).status).toBe(200)
    await letGo(api, space.at("configmaps", "held"))
  })

  it("keep their name while they go", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("held", {}, { finalizers: [finalizer] }))
    await api.delete(`${namespaces}/${space.name}`)
    const text = `object is being deleted: namespaces "${space.name}" already exists`
    const again = await api.create(namespaces, { metadata: { name: space.name } })
    expect(again).toMatchObject(refusal(409, "AlreadyExists", text))
    await letGo(api, space.at("configmaps", "held"))
  })

  it("wait for finalizers of what is in them, and say so", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("held", {}, { finalizers: [finalizer] }))
    await api.given(space.at("configmaps"), configMap("free"))
    await api.delete(`${namespaces}/${space.name}`)
    const remaining = await eventually("the namespace says what it waits for", async () => {
      const { status } = await api.read(`${namespaces}/${space.name}`)
      return status.conditions?.find(({ type }: any) => type === "NamespaceFinalizersRemaining")
    })
    expect(remaining).toMatchObject({
      status: "True",
      reason: "SomeFinalizersRemain",
      message: `Some content in the namespace has finalizers remaining: ${finalizer} in 1 resource instances`,
    })
    expect((await api.get(space.at("configmaps", "free"))).status).toBe(404)
    expect((await api.read(space.at("configmaps", "held"))).metadata.deletionTimestamp).toBeDefined()
    await letGo(api, space.at("configmaps", "held"))
  })
})
