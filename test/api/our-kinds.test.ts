import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { crds } from "../cluster/crds.ts"
import { canary } from "../cluster/objects.ts"
import { establish } from "./crds.ts"
import { problemsOf } from "./http.ts"
import { it as plain } from "./it.ts"
import { configMap } from "./objects.ts"

const apiVersion = "flagger.app/v1beta1"
const ours = crds().filter(({ spec }) => spec.group === "flagger.app") as any[]

/** The definitions as they are shipped; a rig has them already, and keeps them. */
const it = plain
  .extend("kinds", { scope: "file", auto: true }, async ({ api }) => {
    for (const crd of ours) await establish(api, crd)
  })
  .extend("canaries", ({ space }) => space.of(apiVersion, "canaries"))

describe.concurrent("our kinds", () => {
  it("are found under their short names and categories", async ({ api }) => {
    const resources = await eventually("they are in the discovery", async () => {
      const { status, body } = await api.get(`/apis/${apiVersion}`)
      return status === 200 && body.resources.length > 5 && body.resources
    })
    expect(resources).toContainEqual(expect.objectContaining({ name: "canaries", kind: "Canary", categories: ["all"] }))
  })

  it("take a canary as people write it", async ({ api, canaries }) => {
    const object = canary()
    const { status, body } = await api.create(`${canaries}?fieldValidation=Strict`, object)
    expect(status).toBe(201)
    expect(body.spec).toEqual(object["spec"])
    expect(body.metadata.generation).toBe(1)
  })

  it("refuse a canary without target", async ({ api, canaries }) => {
    expect(problemsOf(await api.create(canaries, canary("a", { targetRef: undefined })))).toContain(
      "spec.targetRef: Required value",
    )
  })

  it("refuse what is of another type", async ({ api, canaries }) => {
    expect(problemsOf(await api.create(canaries, canary("a", { service: { port: "http" } })))).toContain(
      'spec.service.port: Invalid value: "string": spec.service.port in body must be of type number: "string"',
    )
  })

  it("keep the status for its own path", async ({ api, canaries }) => {
    const created = await api.given(canaries, { ...canary("a"), status: { phase: "Failed" } })
    expect(created["status"]).toBeUndefined()
    const { status, body } = await api.patch(`${canaries}/a/status`, "merge", {
      status: { phase: "Initialized", canaryWeight: 0, iterations: 0, failedChecks: 0 },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ status: { phase: "Initialized" }, metadata: { generation: 1 } })
  })

  it("show how a canary is in tables", async ({ api, canaries }) => {
    await api.given(canaries, canary("a"))
    const status = { phase: "Progressing", canaryWeight: 30, failedChecks: 0, iterations: 0 }
    const lastTransitionTime = "2026-01-01T00:00:00Z"
    await api.patch(`${canaries}/a/status`, "merge", { status: { ...status, lastTransitionTime } })
    const { columnDefinitions, rows } = (
      await api.get(canaries, { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" })
    ).body
    const visible = columnDefinitions.flatMap(({ name, priority }: any, at: number) =>
      priority === 0 ? [[name, rows[0].cells[at]]] : [],
    )
    expect(Object.fromEntries(visible)).toMatchObject({ Name: "a", Status: "Progressing", Weight: "30" })
  })

  it("own what goes with them", async ({ api, space, canaries }) => {
    const { metadata } = await api.given(canaries, canary("a"))
    const owner = {
      apiVersion,
      kind: "Canary",
      name: "a",
      uid: metadata.uid,
      controller: true,
      blockOwnerDeletion: true,
    }
    await api.given(space.at("configmaps"), configMap("child", {}, { ownerReferences: [owner] }))
    await api.delete(`${canaries}/a`)
    await eventually("the child is gone", async () => (await api.get(space.at("configmaps", "child"))).status === 404)
  })
})
