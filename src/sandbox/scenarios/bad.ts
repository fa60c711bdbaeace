import { leftOnCanary, type Scenario } from "./scenario.ts"

export const bad: Scenario = {
  name: "bad",
  about: "game day: one request in five fails on the new version, so it is rolled back",
  release: { ERROR_SHARE: "0.2" },
  ends: "Failed",
  missed: leftOnCanary,
}
