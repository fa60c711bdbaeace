import { describe, expect, it, vi } from "vitest"
import { ApiError, type KubeApi } from "#kube/contract.ts"
import { checkCluster } from "./requirements.ts"

vi.mock("node:timers/promises", () => ({ setTimeout: async () => {} }))

const recent = { major: "1", minor: "30+", gitVersion: "v1.30.2-eks" }
type Answer = (path: string, tries: number) => unknown

/** A cluster that has everything, except for what is answered otherwise. */
function cluster(answer: Answer = () => undefined) {
  const asked: string[] = []
  const raw = async (_method: string, path: string) => {
    asked.push(path)
    return answer(path, asked.filter((other) => other === path).length) ?? (path === "/version" ? recent : {})
  }
  return { api: { raw } as unknown as KubeApi, asked }
}
const failing =
  (status: number, part: string, times = Infinity): Answer =>
  (path, tries) => {
    if (path.includes(part) && tries <= times) throw new ApiError("the server said no", status, "")
    return undefined
  }

describe("a cluster", () => {
  it("is fit when its version is recent and all our kinds can be listed", async () => {
    const { api, asked } = cluster()
    await checkCluster(api, "")
    expect(asked.toSorted()).toEqual([
      "/apis/flagger.app/v1beta1/alertproviders?limit=1",
      "/apis/flagger.app/v1beta1/canaries?limit=1",
      "/apis/flagger.app/v1beta1/metrictemplates?limit=1",
      "/version",
    ])
  })
  it("is asked only about the namespace that is watched", async () => {
    const { api, asked } = cluster()
    await checkCluster(api, "shop")
    expect(asked).toContain("/apis/flagger.app/v1beta1/namespaces/shop/canaries?limit=1")
  })
  it.each([
    ["canaries", "Canary"],
    ["metrictemplates", "MetricTemplate"],
    ["alertproviders", "AlertProvider"],
  ])("without %s is unfit, and it is said what to install", async (plural, kind) => {
    const { api } = cluster(failing(404, plural))
    await expect(checkCluster(api, "")).rejects.toThrow(
      `${kind} CRD is not registered the server said no; install the resource definitions of deploy/crds`,
    )
  })
  it.each([
    [{ major: "1", minor: "10", gitVersion: "v1.10.3" }],
    [{ major: "2", minor: "0", gitVersion: "v2.0.0" }],
    [{ gitVersion: "v?" }],
  ])("of version %j is unfit", async (version) => {
    const { api } = cluster((path) => (path === "/version" ? version : undefined))
    await expect(checkCluster(api, "")).rejects.toThrow(
      `unsupported kubernetes version detected: ${version.gitVersion}, 1.11 or newer is needed`,
    )
  })
  it.each([500, 503, 429])("that stumbles with %i is asked again", async (status) => {
    const { api } = cluster(failing(status, "canaries", 3))
    await checkCluster(api, "")
  })
  it("that goes on stumbling is unfit after five tries", async () => {
    const { api, asked } = cluster(failing(500, "/version"))
    await expect(checkCluster(api, "")).rejects.toThrow("Error calling Kubernetes API: the server said no")
    expect(asked.filter((path) => path === "/version")).toHaveLength(5)
  })
  it("that refuses is not asked again", async () => {
    const { api, asked } = cluster(failing(403, "canaries"))
    await expect(checkCluster(api, "")).rejects.toThrow("check the operator's rights")
    expect(asked.filter((path) => path.includes("canaries"))).toHaveLength(1)
  })
})
