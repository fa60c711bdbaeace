import { type KubeObject, refOf } from "#api/objects.ts"
import { afterEach, beforeEach, describe, expect, it } from "vitest"
import { type ApiServer, startApiServer } from "../apiserver/server.ts"
import { testClock, type TestClock } from "./clock.test-support.ts"
import { deployments, endpointSlices, events, isEnding, namespaces, pods, replicaSets, services } from "./kinds.ts"
import { theNode, workload } from "./stage.test-support.ts"
import { startControllers } from "./start.ts"

let clock: TestClock
let server: ApiServer
let controllers: { stop(): void }
const errors: unknown[] = []

beforeEach(async () => {
  clock = testClock()
  server = await startApiServer({ clock })
  errors.length = 0
  controllers = startControllers({
    cluster: server.cluster,
    clock,
    kinds: server.kinds,
    usage: () => undefined,
    onError: (message, error) => void errors.push(message, error),
  })
  server.cluster.create(theNode())
  server.cluster.create({ ...namespaces, metadata: { name: "test" } })
  await clock.pass(10)
})
afterEach(async () => {
  controllers.stop()
  await server.close()
})

/** As a kubelet would: pods with a node run and are ready, deleted ones end. */
async function runPods(turns = 5): Promise<void> {
  let ips = 0
  for (let turn = 0; turn < turns; turn++) {
    for (const pod of server.cluster.list(pods)) {
      if (isEnding(pod)) server.cluster.delete(refOf(pod), { gracePeriodSeconds: 0 })
      else if (pod["status"].phase === "Pending" && pod["spec"].nodeName) {
        const podIP = `10.0.${turn}.${++ips % 250}`
        const conditions = [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:00Z" }]
        server.cluster.patch(
          refOf(pod),
          { status: { phase: "Running", podIP, podIPs: [{ ip: podIP }], conditions } },
          "status",
        )
      }
    }
    await clock.pass(50)
  }
}

const service = (name: string): KubeObject => ({
  ...services,
  metadata: { name, namespace: "test" },
  spec: { selector: { app: name }, ports: [{ port: 80, targetPort: 8080 }] },
})

describe("all controllers together", () => {
  it("bring a deployment and its service up, and take everything away with its namespace", async () => {
    const { cluster } = server
    cluster.create(workload(deployments))
    cluster.create(service("web"))
    await clock.pass(50)
    await runPods()
    expect(cluster.list(deployments)[0]!["status"]).toMatchObject({ availableReplicas: 3 })
    expect(cluster.list(endpointSlices, "test")[0]!["endpoints"]).toHaveLength(3)
    cluster.delete({ ...namespaces, name: "test" })
    await clock.pass(50)
    await runPods()
    expect(cluster.get({ ...namespaces, name: "test" })).toBeUndefined()
    expect(cluster.list(pods)).toEqual([])
    expect(errors).toEqual([])
  })

  it("end the pods of a deployment that is deleted", async () => {
    const { cluster } = server
    cluster.create(workload(deployments))
    await clock.pass(50)
    cluster.delete({ ...deployments, namespace: "test", name: "web" })
    await clock.pass(50)
    await runPods()
    expect([...cluster.list(replicaSets), ...cluster.list(pods)]).toEqual([])
    expect(errors).toEqual([])
  })

  it("leave the pods of a deployment that is deleted without them", async () => {
    const { cluster } = server
    cluster.create(workload(deployments))
    await clock.pass(50)
    cluster.delete({ ...deployments, namespace: "test", name: "web" }, { propagationPolicy: "Orphan" })
    await clock.pass(1000)
    expect(cluster.list(replicaSets).map(({ metadata }) => metadata.ownerReferences)).toEqual([undefined])
    expect(cluster.list(pods)).toHaveLength(3)
  })

  it("delete what custom objects owned when their definition goes", async () => {
    const { cluster } = server
    const definition = cluster.create(definitionOfWidgets)
    await clock.pass(10)
    const owner = cluster.create({
      apiVersion: "test.dev/v1",
      kind: "Widget",
      metadata: { name: "one", namespace: "test" },
    })
    const ownerReferences = [{ apiVersion: "test.dev/v1", kind: "Widget", name: "one", uid: owner.metadata.uid! }]
    const owned = cluster.create({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "owned", namespace: "test", ownerReferences },
    })
    await clock.pass(10)
    expect(cluster.get(refOf(owned))).toBeDefined()
    cluster.delete(refOf(definition))
    await clock.pass(10)
    expect(cluster.get(refOf(owned))).toBeUndefined()
  })

  it("are quiet when all is done", async () => {
    const { cluster } = server
    for (let index = 0; index < 5; index++) cluster.create(workload(deployments, { name: `app-${index}` }))
    await clock.pass(50)
    await runPods()
    const version = () =>
      Math.max(
        ...[deployments, replicaSets, pods, events]
          .flatMap((kind) => cluster.list(kind))
          .map(({ metadata }) => Number(metadata.resourceVersion)),
      )
    const before = version()
    await clock.pass(3_600_000)
    expect(version()).toBe(before)
  })

  it("cost what changes cost, not what there is", async () => {
    const { cluster } = server
    for (let index = 0; index < 60; index++)
      cluster.create(workload(deployments, { name: `app-${index}`, spec: { replicas: 5 } }))
    for (let index = 0; index < 60; index++) cluster.create(service(`app-${index}`))
    await clock.pass(1000)
    await runPods(2)
    expect(cluster.list(pods)).toHaveLength(300)
    let lists = 0
    const { list } = cluster
    cluster.list = (...kind) => {
      lists++
      return list(...kind)
    }
    for (const pod of list(pods).slice(0, 100)) {
      cluster.patch(refOf(pod), { status: { conditions: [{ type: "Ready", status: "False" }] } }, "status")
    }
    await clock.pass(1000)
    expect(lists).toBe(0)
    expect(cluster.list(deployments).filter(({ status }) => status.readyReplicas === undefined)).toHaveLength(20)
  })
})

const definitionOfWidgets: KubeObject = {
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "widgets.test.dev" },
  spec: {
    group: "test.dev",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
}
