import { expect, it } from "vitest"
import { systemClock } from "../contract.ts"
import { testCluster } from "../apiserver/cluster.test-support.ts"
import { startPretendKubelet } from "./pretend.ts"

function stage() {
  const cluster = testCluster(systemClock)
  const kubelet = startPretendKubelet({ cluster, clock: systemClock })
  const ref = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web" }
  const create = (annotations = {}, spec = {}) =>
    cluster.create({
      apiVersion: "v1",
      kind: "Pod",
      metadata: { name: "web", namespace: "default", annotations },
      spec: { nodeName: "sandbox", containers: [{ name: "app", image: "any" }], ...spec },
    })
  const ready = () =>
    cluster.get(ref)?.["status"]?.conditions?.find(({ type }: { type: string }) => type === "Ready")?.status
  return { cluster, kubelet, ref, create, ready }
}

it("makes a pod ready as soon as it is created, and gone as soon as it is deleted", () => {
  const { cluster, create, ready, ref } = stage()
  create({}, { initContainers: [{ name: "init", image: "any" }] })
  expect(cluster.get(ref)?.["status"]).toMatchObject({ phase: "Running", containerStatuses: [{ ready: true }] })
  expect(ready()).toBe("True")
  cluster.delete(ref)
  expect(cluster.get(ref)).toBeUndefined()
})

it("makes pods as ready as their annotation says", () => {
  const { cluster, create, ready, ref } = stage()
  create({ "rig/ready": "false" })
  expect(ready()).toBe("False")
  cluster.patch(ref, { metadata: { annotations: { "rig/ready": null } } })
  expect(ready()).toBe("True")
})

it("waits for a pod to get its node, and treats no more when it is stopped", () => {
  const { cluster, create, ready, ref, kubelet } = stage()
  create({}, { nodeName: undefined })
  expect(ready()).toBeUndefined()
  cluster.patch(ref, { spec: { nodeName: "sandbox" } })
  expect(ready()).toBe("True")
  kubelet.stop()
  cluster.patch(ref, { metadata: { annotations: { "rig/ready": "false" } } })
  expect(ready()).toBe("True")
})
