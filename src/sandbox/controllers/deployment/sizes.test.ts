import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { deployments } from "../kinds.ts"
import { workload } from "../stage.test-support.ts"
import { limitsOf, proportionalSizes, rollingSizes, type Sized } from "./sizes.ts"

const limits = (replicas: number, maxSurge: number | string, maxUnavailable: number | string) =>
  limitsOf(workload(deployments, { spec: { replicas, strategy: { rollingUpdate: { maxSurge, maxUnavailable } } } }))

describe("the limits of a rolling update", () => {
  it.each([
    [10, "25%", "25%", { maxSurge: 3, maxUnavailable: 2 }],
    [2, "0%", "1%", { maxSurge: 0, maxUnavailable: 1 }],
    [1, "1%", "25%", { maxSurge: 1, maxUnavailable: 0 }],
    [3, 0, 5, { maxSurge: 0, maxUnavailable: 3 }],
    [0, "25%", "25%", { maxSurge: 0, maxUnavailable: 0 }],
  ])(
    "of %d replicas with %s surge and %s unavailable are rounded as Kubernetes does",
    (replicas, surge, unavailable, want) => {
      expect(limits(replicas, surge, unavailable)).toEqual({ replicas, ...want })
    },
  )

  it("are a quarter each where nothing is said, and nothing for Recreate", () => {
    expect(limitsOf(workload(deployments, { spec: { replicas: 4 } }))).toEqual({
      replicas: 4,
      maxSurge: 1,
      maxUnavailable: 1,
    })
    const recreate = workload(deployments, { spec: { replicas: 4, strategy: { type: "Recreate" } } })
    expect(limitsOf(recreate)).toEqual({ replicas: 4, maxSurge: 0, maxUnavailable: 0 })
  })
})

const set = (name: string, size: number, available = size): Sized => ({ name, size, available })

describe("the next sizes of a rolling update", () => {
  it("let the latest grow by the surge first", () => {
    expect(rollingSizes(limits(10, 3, 2), set("new", 0), [set("old", 10)])).toEqual(new Map([["new", 3]]))
  })

  it("take away what may be unavailable once the surge is used", () => {
    expect(rollingSizes(limits(10, 3, 2), set("new", 3, 0), [set("old", 10)])).toEqual(new Map([["old", 8]]))
  })

  it("take away old pods that do not serve before those that do, and the oldest ReplicaSet's first", () => {
    const sizes = rollingSizes(limits(10, 0, 4), set("new", 0), [set("older", 5, 5), set("newer", 5, 3)])
    expect(sizes).toEqual(
      new Map([
        ["newer", 3],
        ["older", 3],
      ]),
    )
  })

  it("wait while too few pods serve", () => {
    expect(rollingSizes(limits(10, 3, 2), set("new", 5, 0), [set("old", 8)])).toEqual(new Map())
  })

  it("do not trust counts that are older than the size", () => {
    expect(rollingSizes(limits(10, 3, 2), set("new", 5, 2), [set("old", 8, 10)])).toEqual(new Map([["old", 6]]))
  })
})

describe("another size in the middle of an update", () => {
  const share = (name: string, size: number, maxBefore: number) => ({ ...set(name, size), maxBefore })

  it("is shared out as the pods are", () => {
    const sizes = proportionalSizes(limits(20, 0, 1), [share("new", 4, 10), share("old", 6, 10)], 10)
    expect(sizes).toEqual(
      new Map([
        ["old", 12],
        ["new", 8],
      ]),
    )
  })

  it("gives what cannot be shared to the largest", () => {
    const sizes = proportionalSizes(limits(11, 0, 1), [share("c", 3, 9), share("b", 3, 9), share("a", 3, 9)], 9)
    expect([...sizes.values()].reduce((sum, size) => sum + size)).toBe(11)
    expect(sizes.get("c")).toBe(4)
  })

  it("ends everything when it is zero", () => {
    const sizes = proportionalSizes(limits(0, 1, 0), [share("new", 4, 10), share("old", 6, 10)], 10)
    expect(sizes).toEqual(
      new Map([
        ["old", 0],
        ["new", 0],
      ]),
    )
  })
})

/** Pods as they come up and fall over, beside what the counts say of them, which may be late. */
interface Simulated extends Sized {
  serving: number
}

describe("every rolling update", () => {
  const portion = fc.oneof(
    fc.nat(4),
    fc.nat(100).map((percent) => `${percent}%`),
  )
  const events = fc.infiniteStream(fc.record({ pick: fc.nat(), what: fc.nat(9) }))

  it("keeps within its limits and ends", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        portion,
        portion,
        fc.array(fc.nat(12), { maxLength: 3 }),
        events,
        (replicas, surge, unavailable, sizes, stream) => {
          const bounds = limits(replicas, surge, unavailable)
          const minAvailable = replicas - bounds.maxUnavailable
          const old = sharedOut(replicas, sizes)
          const latest: Simulated = { name: "latest", size: 0, available: 0, serving: 0 }
          const all = [latest, ...old]
          for (let steps = 0; latest.serving < replicas || old.some(({ size }) => size > 0); steps++) {
            expect(steps, "it never ends").toBeLessThan(2000)
            const before = all.reduce((sum, { serving }) => sum + serving, 0)
            for (const [name, size] of rollingSizes(bounds, latest, old)) {
              const one = all.find((candidate) => candidate.name === name)!
              one.size = size
              one.serving = Math.min(one.serving, size)
            }
            const after = all.reduce((sum, { serving }) => sum + serving, 0)
            expect(after).toBeGreaterThanOrEqual(Math.min(before, minAvailable))
            expect(all.reduce((sum, { size }) => sum + size, 0)).toBeLessThanOrEqual(replicas + bounds.maxSurge)
            const { pick, what } = stream.next().value!
            const one = all[pick % all.length]!
            if (what < 6) one.serving = Math.min(one.size, one.serving + 1)
            else if (what < 9) one.available = one.serving
            else if (steps < 500 && one === latest) one.serving = Math.max(0, one.serving - 1)
            if (what === 9 && one === latest) one.available = one.serving
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  function sharedOut(replicas: number, sizes: number[]): Simulated[] {
    const names = ["first", ...sizes.map((_, index) => `old-${index}`)]
    let left = replicas
    return names.map((name, index) => {
      const size = index === names.length - 1 ? left : Math.min(left, sizes[index]!)
      left -= size
      return { name, size, available: size, serving: size }
    })
  }
})
