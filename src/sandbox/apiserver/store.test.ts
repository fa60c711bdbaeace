import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { type Change, createStore } from "./store.ts"

const pod = (name: string, phase = "Running"): KubeObject => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name },
  status: { phase },
})
const names = (objects: readonly KubeObject[] | undefined) => objects?.map(({ metadata }) => metadata.name)

describe("a store", () => {
  it("gives every write a version of its own, also across kinds", () => {
    const store = createStore()
    const versions = [store.put("pods", "a", pod("a")), store.put("nodes", "b", pod("b")), store.remove("pods", "a")!]
    const numbers = versions.map(({ metadata }) => Number(metadata.resourceVersion))
    expect(numbers).toEqual([numbers[0], numbers[0]! + 1, numbers[0]! + 2])
    expect(store.version()).toBe(numbers[2])
  })
  it("lists in the order of the keys, whatever the order of the writes", () => {
    const store = createStore()
    for (const name of ["c", "a", "b"]) store.put("pods", name, pod(name))
    expect(names(store.list("pods"))).toEqual(["a", "b", "c"])
  })
  it("tells what comes of a change after the change itself, to everybody", () => {
    const store = createStore()
    store.onChange(({ key }) => {
      if (key === "first") store.put("pods", "second", pod("second"))
    })
    const heard: string[] = []
    store.onChange(({ key }) => heard.push(key))
    store.put("pods", "first", pod("first"))
    expect(heard).toEqual(["first", "second"])
  })
  it("does not tell newcomers of what they can see already", () => {
    const store = createStore()
    const heard: string[] = []
    let isFirst = true
    store.onChange(() => {
      if (isFirst) store.onChange(({ key }) => heard.push(key))
      isFirst = false
    })
    store.put("pods", "a", pod("a"))
    store.put("pods", "b", pod("b"))
    expect(heard).toEqual(["b"])
  })
  it("forgets what is long ago, and says so", () => {
    const store = createStore()
    const first = store.version()
    for (let count = 0; count < 7000; count++) store.put("pods", "a", pod("a", String(count)))
    expect(store.since("pods", first)).toBeUndefined()
    expect(store.listAt("pods", first)).toBeUndefined()
    expect(store.since("pods", store.version() - 3)).toHaveLength(3)
    expect(store.since("pods", store.oldest("pods"))).toBeDefined()
  })
  it("can show every moment it remembers, and every change since", () => {
    const act = fc.record({ key: fc.constantFrom("a", "b", "c", "d"), gone: fc.boolean() })
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        const store = createStore()
        const moments: { version: number; seen: string }[] = []
        const told: Change[] = []
        store.onChange((change) => told.push(change))
        const look = () => moments.push({ version: store.version(), seen: JSON.stringify(store.list("pods")) })
        look()
        for (const { key, gone } of acts) {
          if (gone) store.remove("pods", key)
          else store.put("pods", key, pod(key))
          look()
        }
        for (const { version, seen } of moments) {
          expect(JSON.stringify(store.listAt("pods", version))).toBe(seen)
          expect(store.since("pods", version)).toEqual(told.filter((change) => change.version > version))
        }
      }),
    )
  })
})
