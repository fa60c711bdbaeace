import { describe, expect, it } from "vitest"
import { createFakeCluster, refused } from "./fake-cluster.test-support.ts"
import { inShop, NAMESPACE } from "./small-operator.test-support.ts"
import { readSecret } from "./secrets.ts"

const secret = (data?: Record<string, string>) =>
  inShop({ apiVersion: "v1", kind: "Secret", metadata: { name: "keys" }, ...(data ? { data } : {}) })

describe("a Secret", () => {
  it("is read decoded, and each time anew", async () => {
    const { api, put, requests } = createFakeCluster()
    put(secret({ token: "czNjcjN0", name: "w6TDtg==" }))
    expect(await readSecret(api, NAMESPACE, "keys")).toEqual({ token: "s3cr3t", name: "äö" })
    await readSecret(api, NAMESPACE, "keys")
    expect(requests.map(({ line }) => line)).toEqual(Array(2).fill("get Secret shop/keys"))
  })
  it("may be empty", async () => {
    const { api, put } = createFakeCluster()
    put(secret())
    expect(await readSecret(api, NAMESPACE, "keys")).toEqual({})
  })
  it("may not exist, which is not the same as one that may not be read", async () => {
    const { api, when } = createFakeCluster()
    expect(await readSecret(api, NAMESPACE, "keys")).toBeUndefined()
    when(/./, () => {
      throw refused(403, "secrets is forbidden")
    })
    await expect(readSecret(api, NAMESPACE, "keys")).rejects.toThrow("secrets is forbidden")
  })
})
