import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { compareVersions, deletedByUs, ended, exists, missing, notServed, type KnownObject } from "./known-object.ts"

const at = (resourceVersion: string, more: { uid?: string; deletionTimestamp?: string } = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name: "web", uid: "first", resourceVersion, ...more },
})
const knowing = (...objects: KubeObject[]): KnownObject => {
  const known: KnownObject = { known: false }
  for (const object of objects) exists(known, object)
  return known
}

describe("resource versions", () => {
  it("are compared as numbers of any size", () => {
    expect(compareVersions("9", "10")).toBeLessThan(0)
    expect(compareVersions("900719925474099300001", "900719925474099300000")).toBeGreaterThan(0)
    expect(compareVersions("7", "7")).toBe(0)
  })

  it("cannot be compared when one is not a number", () => {
    expect(compareVersions("a", "b")).toBeUndefined()
    expect(compareVersions("12", undefined)).toBeUndefined()
    expect(compareVersions("a", "a")).toBe(0)
  })
})

describe("an object", () => {
  it("is replaced by newer versions only", () => {
    const known = knowing(at("10"))
    expect(exists(known, at("9"))).toBe(false)
    expect(exists(known, at("10"))).toBe(false)
    expect(exists(known, at("11"))).toBe(true)
    expect(known.object).toEqual(at("11"))
  })

  it("is replaced by what arrives later when versions are not numbers", () => {
    const known = knowing(at("b"))
    expect(exists(known, at("a"))).toBe(true)
    expect(exists(known, at("a"))).toBe(false)
  })

  it("stays ended when older news arrive late", () => {
    const known = knowing(at("10"))
    expect(ended(known, at("12"))).toBe(true)
    expect(exists(known, at("11", { uid: "another" }))).toBe(false)
    expect(exists(known, at("13"))).toBe(false)
    expect(known).toMatchObject({ known: true, object: undefined })
  })

  it("comes back when it is created anew", () => {
    const known = knowing(at("10"))
    ended(known, at("12"))
    expect(exists(known, at("13", { uid: "second" }))).toBe(true)
  })

  it("is not ended by the end of its predecessor", () => {
    const known = knowing(at("20", { uid: "second" }))
    expect(ended(known, at("15"))).toBe(false)
    expect(known.object).toBeDefined()
  })

  it("is ended by an event that carries its last version", () => {
    const known = knowing(at("10"))
    expect(ended(known, at("10"))).toBe(true)
  })

  it("is ended by a list without it, unless it is younger than the list", () => {
    expect(missing(knowing(at("10")), "15")).toBe(true)
    expect(missing(knowing(at("20")), "15")).toBe(false)
  })

  it("that a list did not have is not brought back by an answer from before", () => {
    const known = knowing()
    expect(missing(known, "15")).toBe(false)
    expect(exists(known, at("14"))).toBe(false)
    expect(exists(known, at("16"))).toBe(true)
  })

  it("remembers the latest end it was told of", () => {
    const known = knowing()
    missing(known, "30")
    ended(known, at("20"))
    expect(exists(known, at("25", { uid: "second" }))).toBe(false)
  })

  it("that we deleted stays for as long as its finalizers do", () => {
    const object = at("10")
    const known = knowing({ ...object, metadata: { ...object.metadata, finalizers: ["example.com/keep"] } })
    expect(deletedByUs(known)).toBe(false)
    expect(known.object).toBeDefined()
  })

  it("whose kind was not served for a while comes back as it was", () => {
    const known = knowing(at("10"))
    expect(notServed(known)).toBe(true)
    expect(known).toMatchObject({ known: false, object: undefined })
    expect(exists(known, at("10"))).toBe(true)
  })

  it("that we deleted comes back only while finalizers that were set since keep it", () => {
    const known = knowing(at("10"))
    expect(deletedByUs(known)).toBe(true)
    expect(exists(known, at("11"))).toBe(false)
    expect(exists(known, at("12", { deletionTimestamp: "2026-01-01T00:00:00Z" }))).toBe(true)
  })
})
