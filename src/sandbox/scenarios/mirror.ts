import { inRounds, type Scenario, totalsOf } from "./scenario.ts"

export const mirror: Scenario = {
  name: "mirror",
  about: "the new version gets a copy of every request, and nobody its answers, until it is promoted",
  canary: (canary) => inRounds(canary, { mirror: true }),
  release: {},
  ends: "Succeeded",
  missed: ({ totals, duringTest, mirrored, versions }) => [
    ...(totalsOf(duringTest, versions.after).requests > 0 ? ["somebody met the new version while it was tested"] : []),
    ...(mirrored === 0 ? ["the new version got no copies of requests"] : []),
    ...(totals.some(({ failed }) => failed > 0) ? ["some requests failed"] : []),
  ],
}
