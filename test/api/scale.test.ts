import { describe, expect } from "vitest"
import { refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, deployment } from "./objects.ts"

/** Paused, so that it may have replicas and nothing follows from it. */
const paused = (name: string, replicas: number) => deployment(name, { paused: true, replicas })

describe.concurrent("the scale of a workload", () => {
  it("tells wanted and present replicas and their selector", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("deployments"), {
      ...deployment("a"),
      spec: {
        ...paused("a", 2).spec,
        selector: {
          matchLabels: { app: "a" },
          matchExpressions: [
            { key: "tier", operator: "In", values: ["x", "y"] },
            { key: "old", operator: "DoesNotExist" },
          ],
        },
        template: { ...deployment("a").spec.template, metadata: { labels: { app: "a", tier: "x" } } },
      },
    })
    const scale = await api.read(space.at("deployments", "a", "scale"))
    expect(scale).toMatchObject({ kind: "Scale", apiVersion: "autoscaling/v1", spec: { replicas: 2 } })
    expect(scale.status).toEqual({ replicas: 0, selector: "app=a,!old,tier in (x,y)" })
    const { name, namespace, uid, creationTimestamp } = metadata
    expect(scale.metadata).toMatchObject({ name, namespace, uid, creationTimestamp })
    expect(scale.metadata.resourceVersion).toMatch(/^\d+$/)
  })

  it("has no replicas where there are none", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    expect(await api.read(space.at("deployments", "a", "scale"))).toMatchObject({ spec: {}, status: { replicas: 0 } })
  })

  it("sets the replicas by patch", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const { status, body } = await api.patch(space.at("deployments", "a", "scale"), "merge", { spec: { replicas: 3 } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ kind: "Scale", spec: { replicas: 3 } })
    const after = await api.read(space.at("deployments", "a"))
    expect(after).toMatchObject({ spec: { replicas: 3, paused: true }, metadata: { generation: 2 } })
  })

  it("sets the replicas by replacement, JSON patch and strategic patch", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const path = space.at("deployments", "a", "scale")
    const replicas = async () => (await api.read(space.at("deployments", "a"))).spec.replicas
    const scale = { metadata: { name: "a", namespace: space.name }, spec: { replicas: 1 } }
    expect((await api.replace(path, scale)).status).toBe(200)
    expect(await replicas()).toBe(1)
    expect((await api.patch(path, "json", [{ op: "replace", path: "/spec/replicas", value: 2 }])).status).toBe(200)
    expect(await replicas()).toBe(2)
    expect((await api.patch(path, "strategic", { spec: { replicas: 3 } })).status).toBe(200)
    expect(await replicas()).toBe(3)
  })

  it("is refused when somebody else was faster", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const stale = { metadata: { name: "a", namespace: space.name, resourceVersion: "1" }, spec: { replicas: 1 } }
    const text =
      'Operation cannot be fulfilled on deployments.apps "a": the object has been modified; ' +
      "please apply your changes to the latest version and try again"
    expect(await api.replace(space.at("deployments", "a", "scale"), stale)).toMatchObject(
      refusal(409, "Conflict", text, { name: "a", group: "apps", kind: "deployments" }),
    )
  })

  it("cannot be negative", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const problem = "Invalid value: -1: must be greater than or equal to 0"
    expect(await api.patch(space.at("deployments", "a", "scale"), "merge", { spec: { replicas: -1 } })).toMatchObject(
      refusal(422, "Invalid", `Scale.autoscaling "a" is invalid: spec.replicas: ${problem}`, {
        name: "a",
        group: "autoscaling",
        kind: "Scale",
        causes: [{ reason: "FieldValueInvalid", message: problem, field: "spec.replicas" }],
      }),
    )
  })

  it("does not take a status", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const { body } = await api.patch(space.at("deployments", "a", "scale"), "merge", { status: { replicas: 7 } })
    expect(body.status.replicas).toBe(0)
  })

  it("is of its own kind", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const { status, body } = await api.replace(space.at("deployments", "a", "scale"), paused("a", 1))
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain('Deployment in version "v1" cannot be handled as a Scale')
  })

  it("is noted in the managed fields under its own name", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 1))
    const path = space.at("deployments", "a", "scale")
    await api.patch(`${path}?fieldManager=scaler`, "merge", { spec: { replicas: 2 } })
    const { metadata } = await api.read(space.at("deployments", "a"))
    expect(metadata.managedFields).toContainEqual(
      expect.objectContaining({
        manager: "scaler",
        operation: "Update",
        apiVersion: "apps/v1",
        subresource: "scale",
        fieldsV1: { "f:spec": { "f:replicas": {} } },
      }),
    )
  })

  it("is there for replica sets and stateful sets", async ({ api, space }) => {
    const { spec } = deployment("a")
    await api.given(space.at("replicasets"), { metadata: { name: "a" }, spec: { ...spec, replicas: 0 } })
    await api.given(space.at("statefulsets"), { metadata: { name: "a" }, spec: { ...spec, serviceName: "a" } })
    const status = { replicas: 0, selector: "app=a" }
    expect(await api.read(space.at("replicasets", "a", "scale"))).toMatchObject({ kind: "Scale", status })
    expect(await api.read(space.at("statefulsets", "a", "scale"))).toMatchObject({ kind: "Scale", status })
  })

  it("is not there for what is not there or cannot be scaled", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const text = 'deployments.apps "a" not found'
    expect(await api.get(space.at("deployments", "a", "scale"))).toMatchObject(refusal(404, "NotFound", text))
    const unknown = refusal(404, "NotFound", "the server could not find the requested resource", {})
    expect(await api.get(space.at("configmaps", "a", "scale"))).toMatchObject(unknown)
  })

  it("cannot be deleted", async ({ api, space }) => {
    await api.given(space.at("deployments"), paused("a", 0))
    const text = "the server does not allow this method on the requested resource"
    expect(await api.delete(space.at("deployments", "a", "scale"))).toMatchObject(
      refusal(405, "MethodNotAllowed", text),
    )
  })
})
