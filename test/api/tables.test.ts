import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import type { Api } from "./http.ts"
import { it } from "./it.ts"
import { configMap, deployment, ingress, labelled, pod } from "./objects.ts"

const accept = "application/json;as=Table;g=meta.k8s.io;v=v1,application/json"
const anAge = expect.stringMatching(/^\d+[smh]/)

const tableAt = async (api: Api, path: string): Promise<any> => (await api.get(path, { accept })).body

/** Names of the columns; those that only wide output shows in brackets. */
const columnsOf = ({ columnDefinitions }: any): string =>
  columnDefinitions.map(({ name, priority }: any) => (priority ? `(${name})` : name)).join(" ")

describe.concurrent("tables", () => {
  it("have columns, rows, and the metadata of each object", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a", { x: "1", y: "2" }))
    const table = await tableAt(api, space.at("configmaps"))
    expect(table).toMatchObject({ kind: "Table", apiVersion: "meta.k8s.io/v1" })
    expect(table.metadata.resourceVersion).toMatch(/^\d+$/)
    expect(table.columnDefinitions[0]).toMatchObject({ name: "Name", type: "string", format: "name", priority: 0 })
    expect(columnsOf(table)).toBe("Name Data Age")
    const object = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata }
    expect(table.rows).toEqual([{ cells: ["a", 2, anAge], object }])
  })

  it("show one object", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a"))
    const table = await tableAt(api, space.at("configmaps", "a"))
    expect(table.rows).toMatchObject([{ cells: ["a", 0, anAge] }])
    expect(table.metadata.resourceVersion).toBe(metadata.resourceVersion)
  })

  it("have whole objects when asked, or none", async ({ api, space }) => {
    const object = await api.given(space.at("configmaps"), configMap("a", { x: "1" }))
    const withObject = await tableAt(api, `${space.at("configmaps", "a")}?includeObject=Object`)
    expect(withObject.rows[0].object).toEqual(object)
    expect((await tableAt(api, `${space.at("configmaps", "a")}?includeObject=None`)).rows[0].object).toBeNull()
    const { status, body } = await api.get(`${space.at("configmaps", "a")}?includeObject=Nope`, { accept })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain("must be 'Metadata', 'Object', 'None', or empty")
  })

  it("are empty where there is nothing, and go on where there is more", async ({ api, space }) => {
    const empty = await tableAt(api, space.at("configmaps"))
    expect({ columns: columnsOf(empty), rows: empty.rows }).toEqual({ columns: "Name Data Age", rows: [] })
    for (const name of ["a", "b", "c"]) await api.given(space.at("configmaps"), labelled(name, { x: "y" }))
    const first = await tableAt(api, `${space.at("configmaps")}?limit=2`)
    expect(first.metadata).toMatchObject({ continue: expect.any(String), remainingItemCount: 1 })
    const rest = await tableAt(api, `${space.at("configmaps")}?limit=2&continue=${first.metadata.continue}`)
    expect(rest.rows.map(({ cells }: any) => cells[0])).toEqual(["c"])
  })

  it("are not for refusals", async ({ api, space }) => {
    expect((await tableAt(api, space.at("configmaps", "a"))).kind).toBe("Status")
  })

  it("come from writes too", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), configMap("a"), { accept })
    expect({ status, kind: body.kind }).toEqual({ status: 201, kind: "Table" })
  })

  it("of deployments", async ({ api, space }) => {
    await api.given(space.at("deployments"), deployment("a", { replicas: 0 }))
    const table = await tableAt(api, space.at("deployments"))
    expect(columnsOf(table)).toBe("Name Ready Up-to-date Available Age (Containers) (Images) (Selector)")
    expect(table.rows[0].cells).toEqual(["a", "0/0", 0, 0, anAge, "web", "web:1", "app=a"])
  })

  it("of replica sets", async ({ api, space }) => {
    const { selector, template } = deployment("a").spec
    await api.given(space.at("replicasets"), { metadata: { name: "a" }, spec: { replicas: 0, selector, template } })
    const table = await tableAt(api, space.at("replicasets"))
    expect(columnsOf(table)).toBe("Name Desired Current Ready Age (Containers) (Images) (Selector)")
    expect(table.rows[0].cells).toEqual(["a", 0, 0, 0, anAge, "web", "web:1", "app=a"])
  })

  it("of pods", async ({ api, space }) => {
    await api.given(space.at("pods"), pod("a", { nodeName: "elsewhere" }))
    const table = await tableAt(api, space.at("pods"))
    expect(columnsOf(table)).toBe("Name Ready Status Restarts Age (IP) (Node) (Nominated Node) (Readiness Gates)")
    const [name, ready, status, restarts, age, , node, nominated, gates] = table.rows[0].cells
    expect({ name, ready, status, restarts, age }).toEqual({
      name: "a",
      ready: expect.stringMatching(/^[01]\/1$/),
      status: expect.stringMatching(/^(Pending|Running)$/),
      restarts: "0",
      age: anAge,
    })
    expect([node, nominated, gates]).toEqual(["elsewhere", "<none>", "<none>"])
  })

  it("of pods that failed tell why", async ({ api, space }) => {
    await api.given(space.at("pods"), pod("a", {}, { annotations: { "rig/ready": "false" } }))
    const state = { waiting: { reason: "CrashLoopBackOff" } }
    const container = { name: "web", image: "web:1", imageID: "", ready: false, restartCount: 7, state }
    const ready = { type: "Ready", status: "False", lastTransitionTime: "2026-01-01T00:00:00Z" }
    const status = { phase: "Running", conditions: [ready], containerStatuses: [container] }
    // The kubelet of the rig writes its own opinion, once.
    await eventually("the table tells it", async () => {
      await api.patch(space.at("pods", "a", "status"), "strategic", { status })
      const { cells } = (await tableAt(api, space.at("pods"))).rows[0]
      return cells.slice(0, 4).join(" ") === "a 0/1 CrashLoopBackOff 7"
    })
  })

  it("of services", async ({ api, space }) => {
    const ports = [
      { name: "web", port: 80 },
      { name: "dns", port: 53, protocol: "UDP" },
    ]
    const { spec }: any = await api.given(space.at("services"), {
      metadata: { name: "a" },
      spec: { ports, selector: { app: "a", tier: "x" } },
    })
    await api.given(space.at("services"), {
      metadata: { name: "b" },
      spec: { type: "ExternalName", externalName: "shop.example.com" },
    })
    const table = await tableAt(api, space.at("services"))
    expect(columnsOf(table)).toBe("Name Type Cluster-IP External-IP Port(s) Age (Selector)")
    expect(table.rows.map(({ cells }: any) => cells)).toEqual([
      ["a", "ClusterIP", spec.clusterIP, "<none>", "80/TCP,53/UDP", anAge, "app=a,tier=x"],
      ["b", "ExternalName", "<none>", "shop.example.com", "<none>", anAge, "<none>"],
    ])
  })

  it("of namespaces", async ({ api, space }) => {
    const table = await tableAt(api, `/api/v1/namespaces/${space.name}`)
    expect(columnsOf(table)).toBe("Name Status Age")
    expect(table.rows[0].cells).toEqual([space.name, "Active", anAge])
  })

  it("of ingresses, autoscalers, jobs, leases and secrets", async ({ api, space }) => {
    const backend = { service: { name: "web", port: { number: 80 } } }
    const rules = [{ host: "shop.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }]
    await api.given(space.at("ingresses"), ingress("a", { rules, ingressClassName: "nginx" }))
    const ingresses = await tableAt(api, space.at("ingresses"))
    expect(columnsOf(ingresses)).toBe("Name Class Hosts Address Ports Age")
    expect(ingresses.rows[0].cells).toEqual(["a", "nginx", "shop.example.com", "", "80", anAge])

    const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "d" }
    await api.given(space.at("horizontalpodautoscalers"), {
      metadata: { name: "a" },
      spec: { maxReplicas: 3, scaleTargetRef },
    })
    const autoscalers = await tableAt(api, space.at("horizontalpodautoscalers"))
    expect(columnsOf(autoscalers)).toBe("Name Reference Targets MinPods MaxPods Replicas Age")
    expect(autoscalers.rows[0].cells).toEqual(["a", "Deployment/d", "cpu: <unknown>/80%", "1", 3, 0, anAge])

    await api.given(space.at("leases"), { metadata: { name: "a" }, spec: { holderIdentity: "me" } })
    const leases = await tableAt(api, space.at("leases"))
    expect(columnsOf(leases)).toBe("Name Holder Age")
    expect(leases.rows[0].cells).toEqual(["a", "me", anAge])

    await api.given(space.at("secrets"), { metadata: { name: "a" }, stringData: { x: "1", y: "2" } })
    const secrets = await tableAt(api, space.at("secrets"))
    expect(columnsOf(secrets)).toBe("Name Type Data Age")
    expect(secrets.rows[0].cells).toEqual(["a", "Opaque", 2, anAge])
  })
})
