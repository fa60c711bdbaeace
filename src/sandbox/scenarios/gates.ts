import type { Scenario } from "./scenario.ts"

export const gates: Scenario = {
  name: "gates",
  about: "a release that waits for approval before it begins, and again before it is promoted",
  canary: (canary, stage) => ({
    ...canary,
    spec: {
      ...canary.spec,
      analysis: {
        ...canary.spec.analysis,
        webhooks: [
          { name: "begin", type: "confirm-rollout", url: stage.gate("begin") },
          { name: "promote", type: "confirm-promotion", url: stage.gate("promote") },
        ],
      },
    },
  }),
  release: {},
  async play(stage) {
    await stage.reaches("Waiting")
    stage.say("the release waits at the gate begin; it is opened now")
    stage.open("begin")
    await stage.reaches("WaitingPromotion")
    stage.say("the promotion waits at the gate promote; it is opened now")
    stage.open("promote")
  },
  ends: "Succeeded",
  missed: ({ phases }) =>
    ["Waiting", "WaitingPromotion"].filter((phase) => !phases.includes(phase)).map((phase) => `it was never ${phase}`),
}
