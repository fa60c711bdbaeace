import { type Scenario, totalsOf } from "./scenario.ts"

export const good: Scenario = {
  name: "good",
  about: "a healthy version gets more and more traffic and is promoted",
  release: {},
  ends: "Succeeded",
  missed: ({ totals, afterwards, versions }) => [
    ...(totals.some(({ failed }) => failed > 0) ? ["some requests failed"] : []),
    ...(totalsOf(afterwards, versions.before).requests > 0 ? ["somebody still meets the old version"] : []),
  ],
}
