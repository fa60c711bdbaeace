import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { type Api, refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, deployment, labelled, pod } from "./objects.ts"

const finalizer = "shop.example.com/hold"
const held = (name: string) => configMap(name, {}, { finalizers: [finalizer] })
const letGo = (api: Api, path: string) => api.patch(path, "merge", { metadata: { finalizers: null } })

const gone = (api: Api, path: string) =>
  eventually(`${path} is gone`, async () => (await api.get(path)).status === 404, { withinMs: 15_000 })

describe.concurrent("deleting", () => {
  it("answers with a status that names what is gone", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.delete(space.at("configmaps", "a"))
    expect({ status, body }).toEqual({
      status: 200,
      body: {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Success",
        details: { name: "a", kind: "configmaps", uid: metadata.uid },
      },
    })
    expect((await api.get(space.at("configmaps", "a"))).status).toBe(404)
  })

  it("names the group too", async ({ api, space }) => {
    await api.given(space.at("deployments"), deployment("a"))
    const { body } = await api.delete(space.at("deployments", "a"), { propagationPolicy: "Background" })
    expect(body.details).toMatchObject({ name: "a", group: "apps", kind: "deployments" })
  })

  it("is refused where there is nothing", async ({ api, space }) => {
    const details = { name: "a", kind: "configmaps" }
    expect(await api.delete(space.at("configmaps", "a"))).toMatchObject(
      refusal(404, "NotFound", 'configmaps "a" not found', details),
    )
  })

  it("for show deletes nothing", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.delete(`${space.at("configmaps", "a")}?dryRun=All`)
    expect({ status, text: body.status }).toEqual({ status: 200, text: "Success" })
    expect((await api.get(space.at("configmaps", "a"))).status).toBe(200)
  })

  it("may be bound to one object of several that had the name", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a"))
    const path = space.at("configmaps", "a")
    const text =
      'Operation cannot be fulfilled on ConfigMap "a": the UID in the precondition (other) does not match the UID in ' +
      `record (${metadata.uid}). The object might have been deleted and then recreated`
    expect(await api.delete(path, { preconditions: { uid: "other" } })).toMatchObject(
      refusal(409, "Conflict", text, { name: "a", kind: "ConfigMap" }),
    )
    expect((await api.delete(path, { preconditions: { uid: metadata.uid } })).status).toBe(200)
  })

  it("may be bound to a resource version", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a"))
    const path = space.at("configmaps", "a")
    const text =
      'Operation cannot be fulfilled on ConfigMap "a": the ResourceVersion in the precondition (1) does not match the ' +
      `ResourceVersion in record (${metadata.resourceVersion}). The object might have been modified`
    expect(await api.delete(path, { preconditions: { resourceVersion: "1" } })).toMatchObject(
      refusal(409, "Conflict", text),
    )
    const { resourceVersion } = metadata
    expect((await api.delete(path, { preconditions: { resourceVersion } })).status).toBe(200)
  })

  it("takes its options in the body with kind and version, or in the path", async ({ api, space }) => {
    for (const name of ["a", "b"]) await api.given(space.at("configmaps"), configMap(name))
    const options = { kind: "DeleteOptions", apiVersion: "v1", propagationPolicy: "Background" }
    expect((await api.delete(space.at("configmaps", "a"), options)).status).toBe(200)
    const inPath = `${space.at("configmaps", "b")}?propagationPolicy=Background&gracePeriodSeconds=0`
    expect((await api.delete(inPath)).status).toBe(200)
  })

  it("knows three propagation policies", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const problem = 'Unsupported value: "Nope": supported values: "Foreground", "Background", "Orphan", "nil"'
    expect(await api.delete(space.at("configmaps", "a"), { propagationPolicy: "Nope" })).toMatchObject(
      refusal(422, "Invalid", `DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: ${problem}`),
    )
  })
})

describe.concurrent("finalizers", () => {
  it("keep the object, which is marked, until the last is removed", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    const before: any = await api.given(space.at("configmaps"), held("a"))
    const { status, body } = await api.delete(path)
    expect(status).toBe(200)
    expect(body.metadata).toMatchObject({
      name: "a",
      deletionTimestamp: expect.stringMatching(/Z$/),
      deletionGracePeriodSeconds: 0,
      finalizers: [finalizer],
    })
    expect(Number(body.metadata.resourceVersion)).toBeGreaterThan(Number(before.metadata.resourceVersion))
    const last = await letGo(api, path)
    expect(last.status).toBe(200)
    expect(last.body.metadata.deletionTimestamp).toBe(body.metadata.deletionTimestamp)
    expect((await api.get(path)).status).toBe(404)
  })

  it("let the mark be as it is when the object is deleted again", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.given(space.at("configmaps"), held("a"))
    const first = await api.delete(path)
    expect(await api.delete(path)).toMatchObject({ status: 200, body: first.body })
    await letGo(api, path)
  })

  it("let other changes through after the deletion", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.given(space.at("configmaps"), held("a"))
    await api.delete(path)
    expect(await api.patch(path, "merge", { data: { x: "1" } })).toMatchObject({
      status: 200,
      body: { data: { x: "1" } },
    })
    await letGo(api, path)
  })

  it("cannot be added after the deletion", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.given(space.at("configmaps"), held("a"))
    await api.delete(path)
    const late = await api.patch(path, "merge", { metadata: { finalizers: [finalizer, "shop.example.com/late"] } })
    expect(late).toMatchObject(
      refusal(
        422,
        "Invalid",
        'ConfigMap "a" is invalid: metadata.finalizers: Forbidden: no new finalizers can be added if the object is ' +
          'being deleted, found new finalizers []string{"shop.example.com/late"}',
      ),
    )
    await letGo(api, path)
  })

  it("keep the name in use", async ({ api, space }) => {
    const path = space.at("configmaps", "a")
    await api.given(space.at("configmaps"), held("a"))
    await api.delete(path)
    const text = 'object is being deleted: configmaps "a" already exists'
    expect(await api.create(space.at("configmaps"), configMap("a"))).toMatchObject(
      refusal(409, "AlreadyExists", text, { name: "a", kind: "configmaps" }),
    )
    await letGo(api, path)
  })

  it("have a domain in their names", async ({ api, space }) => {
    const text =
      'ConfigMap "a" is invalid: metadata.finalizers[0]: Invalid value: "hold": ' +
      "name is neither a standard finalizer name nor is it fully qualified"
    expect(await api.create(space.at("configmaps"), configMap("a", {}, { finalizers: ["hold"] }))).toMatchObject(
      refusal(422, "Invalid", text),
    )
  })

  it("are put by foreground deletion, and taken away when nothing is left", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.delete(space.at("configmaps", "a"), { propagationPolicy: "Foreground" })
    expect(status).toBe(200)
    expect(body.metadata.finalizers).toEqual(["foregroundDeletion"])
    await gone(api, space.at("configmaps", "a"))
  })

  it("are put by orphaning, and taken away when that is done", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { body } = await api.delete(space.at("configmaps", "a"), { propagationPolicy: "Orphan" })
    expect(body.metadata.finalizers).toEqual(["orphan"])
    await gone(api, space.at("configmaps", "a"))
  })
})

describe.concurrent("deleting many", () => {
  it("answers with the list of them", async ({ api, space }) => {
    for (const name of ["a", "b"]) await api.given(space.at("configmaps"), configMap(name))
    const { status, body } = await api.delete(space.at("configmaps"))
    expect(status).toBe(200)
    expect(body).toMatchObject({
      kind: "ConfigMapList",
      items: [{ metadata: { name: "a" } }, { metadata: { name: "b" } }],
    })
    expect((await api.read(space.at("configmaps"))).items).toEqual([])
  })

  it("takes only what selectors choose", async ({ api, space }) => {
    for (const name of ["a", "b", "c"]) await api.given(space.at("configmaps"), labelled(name, { letter: name }))
    await api.delete(`${space.at("configmaps")}?labelSelector=${encodeURIComponent("letter in (a,b)")}`)
    const left = async () => (await api.read(space.at("configmaps"))).items.map((item: any) => item.metadata.name)
    expect(await left()).toEqual(["c"])
    await api.delete(`${space.at("configmaps")}?fieldSelector=metadata.name=x`)
    expect(await left()).toEqual(["c"])
    await api.delete(`${space.at("configmaps")}?fieldSelector=metadata.name=c`)
    expect(await left()).toEqual([])
  })

  it("for show deletes nothing", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { body } = await api.delete(`${space.at("configmaps")}?dryRun=All`)
    expect(body.items).toHaveLength(1)
    expect((await api.read(space.at("configmaps"))).items).toHaveLength(1)
  })

  it("leaves what finalizers keep, marked", async ({ api, space }) => {
    await api.given(space.at("configmaps"), held("a"))
    await api.given(space.at("configmaps"), configMap("b"))
    await api.delete(space.at("configmaps"))
    const { items } = await api.read(space.at("configmaps"))
    expect(items).toMatchObject([{ metadata: { name: "a", deletionTimestamp: expect.any(String) } }])
    await letGo(api, space.at("configmaps", "a"))
  })
})

describe.concurrent("deleting pods", () => {
  const onNode = (name: string, spec: object = {}) => pod(name, { nodeName: "elsewhere", ...spec })

  it("gives them their time to end", async ({ api, space }) => {
    await api.given(space.at("pods"), onNode("a", { terminationGracePeriodSeconds: 20 }))
    const { status, body } = await api.delete(space.at("pods", "a"))
    expect({ status, kind: body.kind }).toEqual({ status: 200, kind: "Pod" })
    const { deletionTimestamp, deletionGracePeriodSeconds } = body.metadata
    expect(deletionGracePeriodSeconds).toBe(20)
    expect((Date.parse(deletionTimestamp) - Date.now()) / 1000).toBeGreaterThan(15)
  })

  it("gives them the time that is asked for", async ({ api, space }) => {
    await api.given(space.at("pods"), onNode("a"))
    const { body } = await api.delete(space.at("pods", "a"), { gracePeriodSeconds: 40 })
    expect(body.metadata.deletionGracePeriodSeconds).toBe(40)
  })

  it("gives them half a minute where nobody says otherwise", async ({ api, space }) => {
    await api.given(space.at("pods"), onNode("a"))
    expect((await api.delete(space.at("pods", "a"))).body.metadata.deletionGracePeriodSeconds).toBe(30)
  })

  it("removes them at once without time", async ({ api, space }) => {
    await api.given(space.at("pods"), onNode("a"))
    const { status, body } = await api.delete(space.at("pods", "a"), { gracePeriodSeconds: 0 })
    expect({ status, kind: body.kind, grace: body.metadata.deletionGracePeriodSeconds }).toEqual({
      status: 200,
      kind: "Pod",
      grace: 0,
    })
    expect((await api.get(space.at("pods", "a"))).status).toBe(404)
  })

  it("removes them at once where they are on no node", async ({ api, space }) => {
    await api.given(space.at("pods"), pod("a"))
    await api.delete(space.at("pods", "a"))
    expect((await api.get(space.at("pods", "a"))).status).toBe(404)
  })
})

describe.concurrent("what belongs to others", () => {
  const ownedBy = (owner: any, others: object = {}) => ({
    ownerReferences: [
      { apiVersion: "v1", kind: "ConfigMap", name: owner.metadata.name, uid: owner.metadata.uid, ...others },
    ],
  })

  it("goes with its owner", async ({ api, space }) => {
    const owner = await api.given(space.at("configmaps"), configMap("owner"))
    await api.given(space.at("configmaps"), configMap("child", {}, ownedBy(owner)))
    await api.delete(space.at("configmaps", "owner"))
    await gone(api, space.at("configmaps", "child"))
  })

  it("goes with its owner's owner", async ({ api, space }) => {
    const owner = await api.given(space.at("configmaps"), configMap("owner"))
    const child = await api.given(space.at("configmaps"), configMap("child", {}, ownedBy(owner)))
    await api.given(space.at("secrets"), { metadata: { name: "grandchild", ...ownedBy(child) } })
    await api.delete(space.at("configmaps", "owner"), { propagationPolicy: "Background" })
    await gone(api, space.at("secrets", "grandchild"))
  })

  it("stays with another owner", async ({ api, space }) => {
    const one = await api.given(space.at("configmaps"), configMap("one"))
    const two = await api.given(space.at("configmaps"), configMap("two"))
    const ownerReferences = [one, two].flatMap((owner) => ownedBy(owner).ownerReferences)
    await api.given(space.at("configmaps"), configMap("child", {}, { ownerReferences }))
    await api.delete(space.at("configmaps", "one"))
    await eventually("the first owner is forgotten", async () => {
      const { metadata } = await api.read(space.at("configmaps", "child"))
      return metadata.ownerReferences.length === 1 && metadata.ownerReferences[0].name === "two"
    })
  })

  it("stays without owner when orphaned", async ({ api, space }) => {
    const owner = await api.given(space.at("configmaps"), configMap("owner"))
    await api.given(space.at("configmaps"), configMap("child", {}, ownedBy(owner)))
    await api.delete(space.at("configmaps", "owner"), { propagationPolicy: "Orphan" })
    await gone(api, space.at("configmaps", "owner"))
    expect((await api.read(space.at("configmaps", "child"))).metadata.ownerReferences).toBeUndefined()
  })

  it("goes first in a foreground deletion", async ({ api, space }) => {
    const owner = await api.given(space.at("configmaps"), configMap("owner"))
    const metadata = { ...ownedBy(owner, { blockOwnerDeletion: true }), finalizers: [finalizer] }
    await api.given(space.at("configmaps"), configMap("child", {}, metadata))
    await api.delete(space.at("configmaps", "owner"), { propagationPolicy: "Foreground" })
    await eventually("the child is marked", async () => {
      const child = await api.read(space.at("configmaps", "child"))
      return child.metadata.deletionTimestamp !== undefined
    })
    expect((await api.read(space.at("configmaps", "owner"))).metadata.finalizers).toEqual(["foregroundDeletion"])
    await letGo(api, space.at("configmaps", "child"))
    await gone(api, space.at("configmaps", "owner"))
  })

  it("goes when its owner never was", async ({ api, space }) => {
    const nobody = { metadata: { name: "nobody", uid: "00000000-0000-4000-8000-000000000000" } }
    await api.given(space.at("configmaps"), configMap("child", {}, ownedBy(nobody)))
    await gone(api, space.at("configmaps", "child"))
  })

  it("has references that are complete", async ({ api, space }) => {
    const nameless = ownedBy({ metadata: { name: "", uid: "" } })
    const { status, body } = await api.create(space.at("configmaps"), configMap("child", {}, nameless))
    expect(status).toBe(422)
    expect(body.details.causes).toMatchObject([
      { field: "metadata.ownerReferences.name" },
      { field: "metadata.ownerReferences.uid" },
    ])
  })

  it("has one controller at most", async ({ api, space }) => {
    const owners = ["one", "two"].map((name) => ({ metadata: { name, uid: `uid-${name}` } }))
    const ownerReferences = owners.flatMap((owner) => ownedBy(owner, { controller: true }).ownerReferences)
    const { status, body } = await api.create(space.at("configmaps"), configMap("child", {}, { ownerReferences }))
    expect(status).toBe(422)
    expect(body.message).toMatch(/Only one reference can have Controller set to true\. Found "true" in references for/)
  })
})
