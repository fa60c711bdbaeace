import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { created, exampleOf, merged, recorded, resourceOf, storedExamples, updated } from "./recorded.test-support.ts"

const plain = (object: KubeObject): KubeObject => {
  const { metadata, ...rest } = JSON.parse(JSON.stringify(object)) as KubeObject
  const { uid: _, generation: __, labels, annotations, ...kept } = metadata
  const isEmpty = (map: object | undefined) => Object.keys(map ?? {}).length === 0
  return {
    ...rest,
    metadata: { ...kept, ...(isEmpty(labels) ? {} : { labels }), ...(isEmpty(annotations) ? {} : { annotations }) },
  }
}

describe("what is created", () => {
  for (const { what, given, stored } of storedExamples) {
    it(`${what} is stored as the real server stores it`, () => {
      const object = created(given, stored)
      expect(plain(object)).toEqual(plain(stored))
      expect(object.metadata.generation).toEqual(stored.metadata.generation)
    })

    it(`${what} stays as it is when it is read and written again`, () => {
      const object = structuredClone(stored)
      resourceOf(object).rules.defaults?.(object)
      expect(object).toEqual(stored)
    })

    it(`${what} has nothing wrong`, () => {
      const object = created(given, stored)
      expect(resourceOf(object).rules.problems?.(object, undefined) ?? []).toEqual([])
    })
  }

  it("refuses a quantity that is none, naming kind and version", () => {
    const { given } = exampleOf("a small pod")
    const resources = { limits: { cpu: "much" } }
    const object = merged(given, { spec: { containers: [{ name: "app", image: "app", resources }] } })
    expect(() => created(object)).toThrow(
      `Pod in version "v1" cannot be handled as a Pod: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'`,
    )
  })

  it.each([
    ["!!", 0],
    ["abc", 0],
    ["YQ==YQ==", 4],
    ["YWJj YWJj", 4],
  ])("refuses %j, which is no base64", (value, byte) => {
    const object = merged(exampleOf("a secret").given, { data: { a: value } })
    expect(() => created(object)).toThrow(
      `Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte ${byte}`,
    )
  })

  it("refuses a time that is none", () => {
    const object = merged(exampleOf("a lease").given, { spec: { renewTime: "noon" } })
    expect(() => created(object)).toThrow(
      `Lease in version "v1" cannot be handled as a Lease: parsing time "noon" as "2006-01-02T15:04:05.000000Z07:00": cannot parse "noon" as "2006"`,
    )
  })
})

interface Changed {
  of: string
  what: string
  patch: unknown
  result: unknown
}

describe("what is changed", () => {
  for (const { of, what, patch, result } of recorded<Changed[]>("changed.json")) {
    it(`${of} is stored as the real server stores it: changed, ${what}`, () => {
      const old = exampleOf(of).stored
      const object = updated(merged(old, patch), old)
      expect(plain(object)).toEqual(plain(merged(old, result)))
      const uid = old.metadata.labels?.["controller-uid"] ?? "some-uid"
      const problems = resourceOf(object).rules.problems?.(merged(object, { metadata: { uid } }), old)
      expect(problems ?? []).toEqual([])
    })
  }

  it("keeps the first node of a pod, and gives one to a pod without", () => {
    const old = exampleOf("a small pod").stored
    const placed = merged(old, { spec: { nodeName: "one" } })
    const problems = (object: KubeObject, before: KubeObject) => resourceOf(object).rules.problems!(object, before)
    expect(problems(placed, old)).toEqual([])
    expect(problems(merged(old, { spec: { nodeName: "two" } }), placed)).toMatchObject([{ field: "spec" }])
  })

  it("shows the one address of a pod in the list of its addresses", () => {
    const pod = structuredClone(merged(exampleOf("a small pod").stored, { status: { podIP: "127.0.0.9" } }))
    resourceOf(pod).rules.defaults!(pod)
    expect(pod["status"].podIPs).toEqual([{ ip: "127.0.0.9" }])
  })
})
