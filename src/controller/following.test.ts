import { describe, expect, it, vi } from "vitest"
import { createFakeCluster } from "./fake-cluster.test-support.ts"
import { createFollowing } from "./following.ts"
import { refTo } from "./small-operator.test-support.ts"

const refs = [refTo.deployment(), refTo.virtualService()]

describe("following", () => {
  it("asks for references only when what they follow from has changed", async () => {
    const cluster = createFakeCluster()
    const following = createFollowing({ main: cluster, mesh: cluster })
    const asked = vi.fn(() => refs)
    await following.follow("app", "spec 1", asked)
    await following.follow("app", "spec 1", asked)
    expect(asked).toHaveBeenCalledTimes(1)
    await following.follow("app", "spec 2", asked)
    expect(asked).toHaveBeenCalledTimes(2)
    expect(cluster.followsOf("app")).toEqual(refs)
  })
  it("looks for each reference in the cluster where it lives", async () => {
    const [main, mesh] = [createFakeCluster("https://main"), createFakeCluster("https://mesh")]
    await createFollowing({ main, mesh }).follow("app", "spec", () => refs)
    expect(main.followsOf("app")).toEqual([refTo.deployment()])
    expect(mesh.followsOf("app")).toEqual([refTo.virtualService()])
  })
  it("ends in both, and begins anew when it is asked again", async () => {
    const [main, mesh] = [createFakeCluster("https://main"), createFakeCluster("https://mesh")]
    const following = createFollowing({ main, mesh })
    await following.follow("app", "spec", () => refs)
    following.end("app")
    expect([main.followsOf("app"), mesh.followsOf("app")]).toEqual([[], []])
    await following.follow("app", "spec", () => refs)
    expect(main.followsOf("app")).toEqual([refTo.deployment()])
  })
  it("is tried again when it failed", async () => {
    const cluster = createFakeCluster()
    const caches = { ...cluster.caches, follow: vi.fn(cluster.caches.follow) }
    caches.follow.mockRejectedValueOnce(new Error("the cluster is away"))
    const main = { api: cluster.api, caches }
    const following = createFollowing({ main, mesh: main })
    await expect(following.follow("app", "spec", () => refs)).rejects.toThrow("the cluster is away")
    await following.follow("app", "spec", () => refs)
    expect(cluster.followsOf("app")).toEqual(refs)
  })
})
