import { unanswered } from "../live/tally.ts"
import type { Report, Scenario } from "./scenario.ts"

/** The end of a scenario in a few lines: what was seen, when, and by how many. */
export function reportText({ name, ends, missed }: Scenario, report: Report): string {
  const { phase, versions, beganMs, endedMs, weights, totals } = report
  const seconds = (ms: number) => `${((ms - beganMs) / 1000).toFixed(1)} s`
  const wrong = verdict({ ends, missed }, report)
  const served = totals.find(({ version }) => version === versions.after)
  const lines = [
    `${name}: version ${versions.after} ${phase === "Succeeded" ? "was promoted" : "was rolled back"}`,
    ...(served ? [`  first answer after    ${seconds(served.firstMs)}`] : []),
    ...(served?.firstFailureMs ? [`  first bad answer      ${seconds(served.firstFailureMs)}`] : []),
    `  decided after         ${seconds(endedMs)}`,
    `  traffic on it         ${weights.map((weight) => `${weight} %`).join(", ")}`,
    ...totals.map(({ version, requests, failed }) => {
      const who = version === unanswered ? "no answer" : `version ${version}`
      return `  ${who.padEnd(20)}  ${requests} requests, ${failed} failed`
    }),
    ...seen(report).map((text) => `  seen                  ${text}`),
    wrong.length === 0 ? "  as told" : `  NOT as told: ${wrong.join("; ")}`,
  ]
  return `${lines.join("\n")}\n`
}

/** What is not as the scenario tells it. */
export const verdict = ({ ends, missed }: Pick<Scenario, "ends" | "missed">, report: Report): string[] => [
  ...(report.phase === ends ? [] : [`it ended ${report.phase} instead of ${ends}`]),
  ...(missed?.(report) ?? []),
]

/** Warnings, each once. */
const seen = ({ events }: Report): string[] => [
  ...new Set(events.filter(({ isWarning }) => isWarning).map(({ text }) => text)),
]
