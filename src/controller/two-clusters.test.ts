import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment } from "#test/cluster/objects.ts"
import { createFakeCluster, type FakeCluster } from "./fake-cluster.test-support.ts"
import { refIn, refTo, smallOperator } from "./small-operator.test-support.ts"
import { liveWeights } from "./stories.test-support.ts"

const kindsIn = (cluster: FakeCluster): string[] => [...new Set(cluster.all().map(({ kind }) => kind))].toSorted()
const isOwned = (object: KubeObject | undefined): boolean => (object?.metadata.ownerReferences ?? []).length > 0

async function begun(meshHost: string, spec: Parameters<typeof canary>[1] = {}, ...others: KubeObject[]) {
  const operator = smallOperator({ cluster: createFakeCluster("https://main"), mesh: createFakeCluster(meshHost) })
  await operator.create(deployment(), ...others, canary("app", spec))
  await operator.reaches("Initialized")
  return operator
}

describe("a mesh in another cluster", () => {
  it("gets the routing objects, and nothing else", async () => {
    const { cluster, mesh } = await begun("https://mesh")
    expect(kindsIn(mesh)).toEqual(["DestinationRule", "VirtualService"])
    expect(kindsIn(cluster)).toEqual(["Canary", "Deployment", "Service"])
  })
  it("gets them without an owner, whom nobody could follow there", async () => {
    const { cluster, mesh } = await begun("https://mesh")
    expect(mesh.all().filter(isOwned)).toEqual([])
    expect(isOwned(cluster.get(refTo.service()))).toBe(true)
    expect(isOwned(cluster.get(refTo.deployment("app-primary")))).toBe(true)
  })
  it("gets them with their owner when it is the same cluster under two kubeconfigs", async () => {
    const { mesh } = await begun("https://main")
    expect(kindsIn(mesh)).toEqual(["DestinationRule", "VirtualService"])
    expect(mesh.all().every(isOwned)).toBe(true)
  })
  it("does not get an Ingress, which leads to Services of the main one", async () => {
    const ingressRef = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "app" }
    const { cluster, mesh } = await begun("https://mesh", { provider: "nginx", ingressRef }, ingress())
    expect(mesh.all()).toEqual([])
    expect(isOwned(cluster.get(refIn("networking.k8s.io/v1", "Ingress", "app-canary")))).toBe(true)
  })
  it("is watched: what drifts there is repaired, and releases go through it", async () => {
    const operator = await begun("https://mesh")
    operator.mesh.remove(refTo.virtualService())
    await operator.settle()
    expect(liveWeights(operator)).toEqual([100, 0])
    await operator.push("2")
    expect(liveWeights(operator)).toEqual([70, 30])
    await operator.reaches("Succeeded")
    expect(liveWeights(operator)).toEqual([100, 0])
  })
})

function ingress(): KubeObject {
  const backend = { service: { name: "app", port: { number: 80 } } }
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "app" },
    spec: { rules: [{ host: "app.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
  }
}
