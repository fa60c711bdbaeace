import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { jsonPatched } from "./json.ts"
import type { PatchRefused } from "./refused.ts"

const object = (data: unknown): KubeObject => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" }, data })

const refusal = (patch: unknown): PatchRefused => {
  try {
    jsonPatched(object({ a: ["x"] }), patch)
  } catch (error) {
    return error as PatchRefused
  }
  throw new Error("it was not refused")
}

describe("a JSON patch", () => {
  it("leaves the object it was given as it was", () => {
    const before = object({ a: ["x"], b: { c: 1 } })
    const copy = structuredClone(before)
    const after = jsonPatched(before, [
      { op: "add", path: "/data/a/0", value: "w" },
      { op: "remove", path: "/data/b/c" },
    ])
    expect(before).toEqual(copy)
    expect(after["data"]).toEqual({ a: ["w", "x"], b: {} })
  })

  it("puts the same value in two places without tying them together", () => {
    const patch = [
      { op: "copy", from: "/data/a", path: "/data/b" },
      { op: "add", path: "/data/b/-", value: 2 },
    ]
    expect(jsonPatched(object({ a: [1] }), patch)["data"]).toEqual({ a: [1], b: [1, 2] })
  })

  it("reads slashes and tildes in names as RFC 6901 writes them", () => {
    const patch = [{ op: "add", path: "/data/a~1b~0c~01", value: 1 }]
    expect(jsonPatched(object({}), patch)["data"]).toEqual({ "a/b~c~1": 1 })
  })

  it("can set a field of any name", () => {
    const after = jsonPatched(object({}), [{ op: "add", path: "/data/__proto__", value: { x: 1 } }])
    expect(Object.keys(after["data"])).toEqual(["__proto__"])
    expect(after["data"].x).toBeUndefined()
  })

  it("does not find what every JavaScript object has", () => {
    expect(refusal([{ op: "remove", path: "/data/constructor" }]).status).toBe(422)
    expect(refusal([{ op: "add", path: "/data/toString/x", value: 1 }]).status).toBe(422)
  })

  it("is refused as a whole when one operation does not apply, without saying which", () => {
    const { status, reason, message } = refusal([
      { op: "add", path: "/data/b", value: 1 },
      { op: "test", path: "/data/b", value: 2 },
    ])
    expect({ status, reason }).toEqual({ status: 422, reason: "Invalid" })
    expect(message).toBe("the server rejected our request due to an error in our request")
  })

  it("is refused when it leaves no object", () => {
    expect(refusal([{ op: "replace", path: "", value: [] }]).status).toBe(422)
  })

  it("may have ten thousand operations and no more", () => {
    const test = { op: "test", path: "/data/a/0", value: "x" }
    expect(jsonPatched(object({ a: ["x"] }), Array(10_000).fill(test))).toEqual(object({ a: ["x"] }))
    const { status, message } = refusal(Array(10_001).fill(test))
    expect(status).toBe(413)
    expect(message).toBe("The allowed maximum operations in a JSON patch is 10000, got 10001")
  })
})
