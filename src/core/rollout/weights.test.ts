import { describe, expect, it } from "vitest"
import { maxWeightOf } from "#api/release.ts"
import { advanced, stepFrom, withdrawn } from "./weights.ts"

describe("the next step of the weight", () => {
  it.each([
    ["stepWeight, wherever the weight is", 20, { stepWeight: 20 }, 20],
    ["stepWeight before listed weights", 0, { stepWeight: 20, stepWeights: [5] }, 20],
    ["the first listed weight from zero", 0, { stepWeights: [10, 60] }, 10],
    ["the way to the next listed weight", 10, { stepWeights: [10, 60] }, 50],
    ["all that is left from the last listed weight", 60, { stepWeights: [10, 60] }, 40],
    ["one from 100, so that the release ends", 100, { stepWeights: [10, 60] }, 1],
    ["never beyond 100", 0, { stepWeights: [250] }, 100],
    ["the way to the next larger one from a weight that is not listed [fix 10]", 30, { stepWeights: [10, 60] }, 30],
    ["nothing without any weights, which can never move [fix 10]", 0, {}, 0],
    ["nothing with a stepWeight of zero [fix 10]", 0, { stepWeight: 0 }, 0],
  ])("is %s", (_, weight, analysis, step) => expect(stepFrom(weight, analysis)).toBe(step))
})

describe("the largest weight", () => {
  it.each([
    ["maxWeight", { maxWeight: 50 }, 50],
    ["100 when it is not given", {}, 100],
    ["100 when it is zero", { maxWeight: 0 }, 100],
    ["the last listed weight, whatever maxWeight says", { stepWeights: [10, 60], maxWeight: 30 }, 60],
    ["at most 100", { stepWeights: [10, 250] }, 100],
  ])("is %s", (_, analysis, weight) => expect(maxWeightOf(analysis)).toBe(weight))
})

describe("a step", () => {
  it("adds to the canary, up to everything, and ends mirroring", () => {
    expect(advanced({ primary: 100, canary: 0, mirrored: true }, 20)).toEqual({
      primary: 80,
      canary: 20,
      mirrored: false,
    })
    expect(advanced({ primary: 10, canary: 90, mirrored: false }, 20)).toEqual({
      primary: 0,
      canary: 100,
      mirrored: false,
    })
  })
  it("back adds to the primary, up to everything", () => {
    expect(withdrawn({ primary: 60, canary: 40, mirrored: false }, 30)).toMatchObject({ primary: 90, canary: 10 })
    expect(withdrawn({ primary: 90, canary: 10, mirrored: false }, 30)).toMatchObject({ primary: 100, canary: 0 })
  })
})
