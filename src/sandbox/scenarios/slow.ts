import { leftOnCanary, type Scenario } from "./scenario.ts"

export const slow: Scenario = {
  name: "slow",
  about: "the new version answers, but too late, so it is rolled back",
  release: { DELAY_MS: "1000" },
  ends: "Failed",
  missed: leftOnCanary,
}
