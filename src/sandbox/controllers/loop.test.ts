import type { KubeObject } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { describe, expect, it } from "vitest"
import type { OnChange } from "../contract.ts"
import { testClock } from "./clock.test-support.ts"
import { configMaps } from "./kinds.ts"
import { type ControllerOptions, placeOf, refAt, startController } from "./loop.ts"

function started(given: Partial<ControllerOptions> = {}) {
  const clock = testClock()
  const looks: string[] = []
  const errors: [string, unknown][] = []
  let tell: OnChange = () => {}
  let isWatched = false
  const controller = startController({
    name: "Test",
    clock,
    cluster: {
      watch(_kind, onChange) {
        tell = onChange
        isWatched = true
        return () => void (isWatched = false)
      },
    },
    watches: [{ kind: configMaps, keys: (object) => [placeOf(object)] }],
    onError: (message, error) => void errors.push([message, error]),
    ...given,
    reconcile(key) {
      looks.push(key)
      return given.reconcile?.(key)
    },
  })
  return {
    clock,
    looks,
    errors,
    controller,
    change: ((type, object) => tell(type, object)) as OnChange,
    isWatched: () => isWatched,
  }
}

const object = (name: string, data: object = {}): KubeObject => ({
  ...configMaps,
  metadata: { name, namespace: "test" },
  data,
})

describe("a controller", () => {
  it("looks once after a turn in which much has changed", async () => {
    const { change, looks, clock } = started()
    change("ADDED", object("one"))
    change("MODIFIED", object("one", { a: 1 }))
    change("ADDED", object("two"))
    expect(looks).toEqual([])
    await clock.pass(0)
    expect(looks).toEqual(["test/one", "test/two"])
  })

  it("looks before the turn ends where traffic depends on it", async () => {
    const { change, looks } = started({ urgent: true })
    change("ADDED", object("one"))
    expect(looks).toEqual([])
    await Promise.resolve()
    expect(looks).toEqual(["test/one"])
  })

  it("asks the old and the new object of a change whom it concerns", async () => {
    const { change, looks, clock } = started({ watches: [{ kind: configMaps, keys: ({ data }) => [data.of] }] })
    change("ADDED", object("one", { of: "a" }))
    await clock.pass(0)
    change("MODIFIED", object("one", { of: "b" }))
    change("DELETED", object("one", { of: "b" }))
    await clock.pass(0)
    expect(looks).toEqual(["a", "b", "a"])
  })

  it("does not look at changes that do not matter", async () => {
    const watch = {
      kind: configMaps,
      keys: placeOfOnly,
      matters: (now: KubeObject, before: KubeObject) => now["data"].a !== before["data"].a,
    }
    const { change, looks, clock } = started({ watches: [watch] })
    change("ADDED", object("one", { a: 1 }))
    await clock.pass(0)
    change("MODIFIED", object("one", { a: 1, b: 2 }))
    await clock.pass(0)
    expect(looks).toHaveLength(1)
    change("MODIFIED", object("one", { a: 2 }))
    await clock.pass(0)
    expect(looks).toHaveLength(2)
  })

  it("goes on with others when a look fails, and tries that one again, later each time", async () => {
    const { change, looks, errors, clock } = started({
      reconcile(key) {
        if (key === "test/bad") throw new Error("no")
      },
    })
    change("ADDED", object("bad"))
    change("ADDED", object("good"))
    await clock.pass(0)
    expect(looks).toEqual(["test/bad", "test/good"])
    expect(errors).toEqual([["Test test/bad", new Error("no")]])
    await clock.pass(100)
    const early = looks.length
    expect(early).toBeGreaterThan(4)
    await clock.pass(100)
    expect(looks.length - early).toBeLessThan(2)
  })

  it("tries again after a conflict without a word", async () => {
    let fails = 1
    const { change, looks, errors, clock } = started({
      reconcile() {
        if (fails-- > 0) throw new ApiError("modified", 409, "Conflict")
      },
    })
    change("ADDED", object("one"))
    await clock.pass(100)
    expect(looks).toHaveLength(2)
    expect(errors).toEqual([])
  })

  it("looks again when it was told to, counted from the last look", async () => {
    const { change, looks, clock } = started({ reconcile: () => ({ againInMs: 1000 }) })
    change("ADDED", object("one"))
    await clock.pass(900)
    change("MODIFIED", object("one"))
    await clock.pass(500)
    expect(looks).toHaveLength(2)
    await clock.pass(600)
    expect(looks).toHaveLength(3)
  })

  it("lets others have their turn when there is much to do", async () => {
    const { change, looks, clock } = started({ reconcile: () => clock.waste(15) })
    for (const name of ["a", "b", "c", "d"]) change("ADDED", object(name))
    const turns: number[] = []
    clock.after(0, () => turns.push(looks.length))
    await clock.pass(100)
    expect(turns).toEqual([2])
    expect(looks).toHaveLength(4)
  })

  it("does nothing any more once it is stopped", async () => {
    const { change, looks, clock, controller, isWatched } = started({ reconcile: () => ({ againInMs: 10 }) })
    change("ADDED", object("one"))
    await clock.pass(0)
    change("ADDED", object("two"))
    controller.stop()
    controller.wake("test/three")
    await clock.pass(1000)
    expect(looks).toEqual(["test/one"])
    expect(isWatched()).toBe(false)
  })
})

const placeOfOnly = (one: KubeObject) => [placeOf(one)]

it("names places with and without a namespace, and finds them again", () => {
  const ref = { ...configMaps, namespace: "test", name: "one" }
  expect(refAt(configMaps, placeOf(object("one")))).toEqual(ref)
  expect(refAt(configMaps, placeOf({ ...configMaps, metadata: { name: "one" } }))).toEqual({
    ...configMaps,
    name: "one",
  })
})
