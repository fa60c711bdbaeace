import { inRounds, type Scenario, totalsOf } from "./scenario.ts"

/** The header that the traffic of the sandbox's insiders carries. */
export const insiderHeader = { name: "x-user", value: "insider" }

export const abTest: Scenario = {
  name: "ab",
  about: "A/B test: only insiders, known by a header, meet the new version until it is promoted",
  canary: (canary) =>
    inRounds(canary, { match: [{ headers: { [insiderHeader.name]: { exact: insiderHeader.value } } }] }),
  release: {},
  ends: "Succeeded",
  missed({ totals, duringTest, versions }) {
    const onCanary = totalsOf(duringTest, versions.after)
    return [
      ...(onCanary.requests > onCanary.insiders
        ? ["others than insiders met the new version before it was promoted"]
        : []),
      ...(onCanary.insiders === 0 ? ["no insider met the new version during the test"] : []),
      ...(totals.some(({ failed }) => failed > 0) ? ["some requests failed"] : []),
    ]
  },
}
