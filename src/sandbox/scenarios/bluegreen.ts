import { inRounds, type Scenario, totalsOf } from "./scenario.ts"

export const blueGreen: Scenario = {
  name: "bluegreen",
  about: "blue/green: the new version is tested beside the old one, then gets all traffic at once",
  canary: (canary) => inRounds(canary, { metrics: [] }),
  release: {},
  ends: "Succeeded",
  missed: ({ totals, weights, afterwards, versions }) => [
    ...(weights.some((weight) => weight > 0 && weight < 100) ? ["traffic was split"] : []),
    ...(totals.some(({ failed }) => failed > 0) ? ["some requests failed"] : []),
    ...(totalsOf(afterwards, versions.before).requests > 0 ? ["somebody still meets the old version"] : []),
  ],
}
