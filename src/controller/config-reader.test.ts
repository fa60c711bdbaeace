import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import type { ConfigUse } from "#targets/contract.ts"
import { createConfigReader } from "./config-reader.ts"
import { createFakeCluster, refused } from "./fake-cluster.test-support.ts"
import { inShop, NAMESPACE, refTo } from "./small-operator.test-support.ts"

const use = (name: string, more: Partial<ConfigUse> = {}): ConfigUse => ({
  kind: "ConfigMap",
  name,
  optional: false,
  ...more,
})
const config = (name: string, more: object = {}): KubeObject =>
  inShop({ apiVersion: "v1", kind: "ConfigMap", metadata: { name }, data: { color: "red" }, ...more })

async function reading(...objects: KubeObject[]) {
  const cluster = createFakeCluster()
  cluster.put(...objects)
  const refs = ["a", "b"].map(refTo.configMap)
  await cluster.caches.follow("app", [...refs, { ...refs[0]!, kind: "Secret" }])
  const reader = createConfigReader(cluster)
  return { cluster, tracked: (...uses: ConfigUse[]) => reader.tracked(NAMESPACE, uses) }
}

describe("the checksums of configs", () => {
  it("are those of their content, in the order of use", async () => {
    const secret = { ...config("a"), kind: "Secret", type: "Opaque", data: { k: "dg==" } }
    const { tracked } = await reading(config("b"), secret)
    expect(await tracked(use("b"), use("a", { kind: "Secret" }))).toEqual([
      { kind: "ConfigMap", name: "b", checksum: "241889ca0604e333" },
      { kind: "Secret", name: "a", checksum: "55cb228b342ed33e" },
    ])
  })
  it("cost a request only when a config has changed [fix 21]", async () => {
    const { cluster, tracked } = await reading(config("a"), config("b"))
    await tracked(use("a"), use("b"))
    expect(cluster.requests).toHaveLength(2)
    await tracked(use("a"), use("b"))
    expect(cluster.requests).toHaveLength(2)
    cluster.change(refTo.configMap("b"), { data: { color: "blue" } })
    const [, changed] = await tracked(use("a"), use("b"))
    expect(cluster.requests.slice(2).map(({ line }) => line)).toEqual(["get ConfigMap shop/b"])
    expect(changed?.checksum).not.toBe("241889ca0604e333")
  })
  it("are not those of configs that opt out, which are asked for once all the same", async () => {
    const annotations = { "flagger.app/config-tracking": "disabled" }
    const { cluster, tracked } = await reading(
      config("a", { metadata: { name: "a", namespace: NAMESPACE, annotations } }),
    )
    expect(await tracked(use("a"))).toEqual([])
    expect(await tracked(use("a"))).toEqual([])
    expect(cluster.requests).toHaveLength(1)
  })
  it("do without an optional config, and see it when it comes", async () => {
    const { cluster, tracked } = await reading()
    expect(await tracked(use("a", { optional: true }))).toEqual([])
    cluster.put(config("a"))
    expect(await tracked(use("a", { optional: true }))).toHaveLength(1)
    cluster.remove(refTo.configMap("a"))
    expect(await tracked(use("a", { optional: true }))).toEqual([])
  })
  it("are read anew of a config that was made anew", async () => {
    const { cluster, tracked } = await reading(config("a"))
    await tracked(use("a"))
    cluster.remove(refTo.configMap("a"))
    cluster.put(config("a", { data: { color: "blue" } }))
    expect((await tracked(use("a")))[0]?.checksum).not.toBe("241889ca0604e333")
  })
})

describe("a required config", () => {
  const missing = 'GetTargetConfigs failed: configmap a.shop get query error: configmaps "a" not found'
  it("that is missing is an error which names it", async () => {
    const { tracked } = await reading(config("b"))
    await expect(tracked(use("b"), use("a"))).rejects.toThrow(missing)
  })
  it("that goes away before the caches know is missing, too", async () => {
    const { cluster, tracked } = await reading(config("a"))
    cluster.lag()
    cluster.remove(refTo.configMap("a"))
    await expect(tracked(use("a"))).rejects.toThrow(missing)
  })
  it("that cannot be read at this moment is read the next time", async () => {
    const { cluster, tracked } = await reading(config("a"))
    cluster.when(/^get ConfigMap/, () => {
      throw refused(500, "etcd is away")
    })
    await expect(tracked(use("a"))).rejects.toThrow("etcd is away")
    expect(await tracked(use("a"))).toHaveLength(1)
  })
})
