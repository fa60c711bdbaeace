import { describe, expect, it } from "vitest"
import { leastBusy, stratified } from "./choose.ts"

const drawn = (choose: () => number, times: number) => Array.from({ length: times }, choose)
const share = (choices: number[], choice: number) => choices.filter((one) => one === choice).length / choices.length

describe("choosing by weight", () => {
  it.each([[[90, 10]], [[50, 50]], [[1, 99]], [[100, 0]], [[60, 30, 10]]])(
    "meets whole percentages %j in each hundred choices",
    (weights) => {
      const choose = stratified(weights)
      for (let round = 0; round < 20; round++) {
        const choices = drawn(choose, 100)
        expect(weights.map((_, index) => share(choices, index) * 100)).toEqual(weights)
      }
    },
  )

  it.each([[[1, 2]], [[1, 1, 1]], [[999_999, 1]], [[7, 13, 17]]])(
    "is within one point of any other weights %j over ten thousand choices",
    (weights) => {
      const total = weights.reduce((sum, weight) => sum + weight)
      const choices = drawn(stratified(weights), 10_000)
      for (const [index, weight] of weights.entries()) {
        expect(Math.abs(share(choices, index) - weight / total)).toBeLessThan(0.01)
      }
    },
  )

  it("gives every client its part, also one that comes as every tenth", () => {
    const choices = drawn(stratified([90, 10]), 20_000)
    for (let client = 0; client < 10; client++) {
      const own = choices.filter((_, turn) => turn % 10 === client)
      expect(share(own, 1)).toBeGreaterThan(0.06)
      expect(share(own, 1)).toBeLessThan(0.14)
    }
  })

  it("begins with anything, so that often made splits are fair too", () => {
    const firsts = Array.from({ length: 2000 }, () => stratified([80, 20])())
    expect(share(firsts, 1)).toBeGreaterThan(0.15)
    expect(share(firsts, 1)).toBeLessThan(0.25)
  })

  it("chooses nothing where nothing has a weight", () => {
    expect(stratified([0, 0])()).toBe(-1)
    expect(stratified([])()).toBe(-1)
  })

  it("never chooses what has no weight", () => {
    expect(drawn(stratified([0, 3, 0, 1, 0]), 1000).every((choice) => choice === 1 || choice === 3)).toBe(true)
    const highest = stratified([3, 1, 0], () => 1 - Number.EPSILON / 2)
    expect(drawn(highest, 200)).not.toContain(2)
  })
})

describe("choosing by load", () => {
  const load = { a: 2, b: 1, c: 1 }
  const busyness = (name: string) => load[name as keyof typeof load]

  it("takes the one with the least to do, in turns among equals", () => {
    const names = ["a", "b", "c"]
    expect([0, 1, 2, 3].map((turn) => leastBusy(names, turn, busyness))).toEqual(["b", "b", "c", "b"])
  })

  it("finds nobody among nobody", () => {
    expect(leastBusy([], 3, busyness)).toBeUndefined()
  })
})
