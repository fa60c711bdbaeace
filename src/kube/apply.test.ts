import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { apply, differs, mergePatch, merged } from "./apply.ts"
import { ApiError, type KubeApi, type Wanted } from "./contract.ts"

const live = (spec: object, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Thing",
  metadata: { name: "web", namespace: "shop", resourceVersion: "7", ...metadata },
  spec,
})
const wanted = (spec: object, extra: Partial<Wanted> = {}, metadata: object = {}): Wanted => ({
  object: { apiVersion: "v1", kind: "Thing", metadata: { name: "web", namespace: "shop", ...metadata }, spec },
  owned: [["spec", "routes"]],
  ...extra,
})

/** RFC 7386, as the API server applies it. */
function applyPatch(target: unknown, patch: unknown): unknown {
  if (typeof patch !== "object" || patch === null || Array.isArray(patch)) return patch
  const result: Record<string, unknown> =
    typeof target === "object" && target !== null && !Array.isArray(target) ? { ...target } : {}
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key]
    else result[key] = applyPatch(result[key], value)
  }
  return result
}

describe("merged", () => {
  it("keeps fields that others own", () => {
    const result = merged(live({ routes: [1], tls: "theirs" }), wanted({ routes: [2] }))
    expect(result.spec).toEqual({ routes: [2], tls: "theirs" })
  })
  it("removes an owned field that is no longer wanted", () => {
    expect(merged(live({ routes: [1], tls: 1 }), wanted({})).spec).toEqual({ tls: 1 })
  })
  it("takes a server default for no difference when told so", () => {
    const same = () => true
    expect(differs(live({ routes: [{ a: 1, path: "/" }] }), wanted({ routes: [{ a: 1 }] }, { same }))).toBe(false)
  })
  it("replaces, adds or leaves labels and annotations as told", () => {
    const found = live({}, { labels: { theirs: "1", kept: "2" }, annotations: { theirs: "1" } })
    const ours = { labels: { ours: "1" }, annotations: { ours: "1" } }
    const replaced = merged(found, wanted({}, { labels: "replace", keepLabels: ["kept"], annotations: "add" }, ours))
    expect(replaced.metadata.labels).toEqual({ ours: "1", kept: "2" })
    expect(replaced.metadata.annotations).toEqual({ theirs: "1", ours: "1" })
    expect(merged(found, wanted({}, {}, ours)).metadata.labels).toEqual({ theirs: "1", kept: "2" })
  })
  it("never changes what it was given", () => {
    const found = live({ routes: [1], deep: { a: 1 } })
    const before = structuredClone(found)
    merged(found, { ...wanted({ deep: { a: 2 } }), owned: [["spec", "deep", "a"]] })
    expect(found).toEqual(before)
  })
})

describe("mergePatch", () => {
  it("gives exactly the difference, for any two objects", () => {
    const leaf = fc.oneof(fc.integer(), fc.string(), fc.array(fc.integer(), { maxLength: 3 }))
    const tree = fc.letrec((tie) => ({
      node: fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.oneof(leaf, tie("node")), { maxKeys: 4 }),
    })).node
    fc.assert(
      fc.property(tree, tree, (from, to) => {
        const patch = mergePatch(from, to)
        expect(patch === undefined ? from : applyPatch(from, patch)).toEqual(to)
      }),
    )
  })
  it("is nothing for equal objects, also when one has a key without value", () => {
    expect(mergePatch({ a: { b: 1 } }, { a: { b: 1, c: undefined } })).toBeUndefined()
  })
})

describe("apply", () => {
  const unused = () => Promise.reject(new Error("not expected"))
  const fakeApi = (calls: Partial<KubeApi>): KubeApi => ({
    host: "here",
    get: unused,
    create: unused,
    patch: unused,
    delete: unused,
    raw: unused,
    ...calls,
  })

  it("writes nothing when what is ours is as wanted", async () => {
    const result = await apply(fakeApi({}), wanted({ routes: [1] }), live({ routes: [1], tls: 1 }))
    expect(result.change).toBe("none")
  })
  it("patches only the difference, on the version it looked at", async () => {
    let sent: unknown
    const patch: KubeApi["patch"] = async (_ref, body) => {
      sent = body
      return live({ routes: [2] })
    }
    await apply(fakeApi({ patch }), wanted({ routes: [2] }), live({ routes: [1], tls: 1 }))
    expect(sent).toEqual({ spec: { routes: [2] }, metadata: { resourceVersion: "7" } })
  })
  it("looks again and repeats when somebody wrote in between", async () => {
    const versions: unknown[] = []
    const patch: KubeApi["patch"] = async (_ref, body) => {
      versions.push((body as KubeObject).metadata.resourceVersion)
      if (versions.length < 3) throw new ApiError("changed", 409, "Conflict")
      return live({ routes: [2] })
    }
    const get: KubeApi["get"] = async () => live({ routes: [1] }, { resourceVersion: String(7 + versions.length) })
    const result = await apply(fakeApi({ patch, get }), wanted({ routes: [2] }), live({ routes: [1] }))
    expect(versions).toEqual(["7", "8", "9"])
    expect(result.change).toBe("patched")
  })
  it("adopts what somebody else created first", async () => {
    const create = () => Promise.reject(new ApiError("there", 409, "AlreadyExists"))
    const result = await apply(
      fakeApi({ create, get: async () => live({ routes: [1] }) }),
      wanted({ routes: [1] }),
      undefined,
    )
    expect(result.change).toBe("none")
  })
  it("creates anew what was deleted in between", async () => {
    const patch = () => Promise.reject(new ApiError("gone", 404, "NotFound"))
    const create: KubeApi["create"] = async (object) => object
    const result = await apply(
      fakeApi({ patch, create, get: async () => undefined }),
      wanted({ routes: [2] }),
      live({ routes: [1] }),
    )
    expect(result.change).toBe("created")
  })
  it("gives up on a refusal that repeating cannot mend", async () => {
    const create = () => Promise.reject(new ApiError("no right", 403, "Forbidden"))
    await expect(apply(fakeApi({ create }), wanted({}), undefined)).rejects.toThrow("no right")
  })
})
