import type { Canary } from "#api/canary.ts"
import type { Totals } from "../live/tally.ts"

/** A release with a known end, told with real traffic. */
export interface Scenario {
  name: string
  /** In a line, for the list. */
  about: string
  /** What the Canary has of its own, beside what `examples/sandbox` says. */
  canary?: (canary: Canary, stage: Stage) => Canary
  /** Environment of the new version. */
  release: Record<string, string>
  /** Takes part in the release while it goes on. */
  play?: (stage: Stage) => Promise<void>
  ends: "Succeeded" | "Failed"
  /** What else must be true in the end; a sentence for everything that is not. */
  missed?: (report: Report) => string[]
}

/** What a scenario can do beside releasing. */
export interface Stage {
  /** The address of a gate that is closed. */
  gate(name: string): string
  open(name: string): void
  reaches(phase: string): Promise<void>
  say(text: string): void
}

/** What was seen of a release, from the change to the end and a little longer. */
export interface Report {
  phase: string
  /** When the new version was asked for, and when the release had its end; in milliseconds since 1970. */
  beganMs: number
  endedMs: number
  /** Percent on the canary, in the order in which they were set. */
  weights: number[]
  versions: { before: string; after: string }
  totals: Totals[]
  /** What clients got until the promotion began. */
  duringTest: Totals[]
  /** What clients got after the end. */
  afterwards: Totals[]
  /** Copies of requests that the new version got. */
  mirrored: number
  /** Through which the Canary went, in their order. */
  phases: string[]
  /** Texts of the events. */
  events: { atMs: number; text: string; isWarning: boolean }[]
}

/** What clients got of a version; nothing where nobody met it. */
export const totalsOf = (
  totals: readonly Totals[],
  version: string,
): Pick<Totals, "requests" | "failed" | "insiders"> =>
  totals.find((one) => one.version === version) ?? { requests: 0, failed: 0, insiders: 0 }

/** After a rollback nobody may meet the new version, and nothing may fail. */
export const leftOnCanary = ({ afterwards, versions }: Report): string[] => [
  ...(totalsOf(afterwards, versions.after).requests > 0 ? [`somebody still meets ${versions.after}`] : []),
  ...(afterwards.some(({ failed }) => failed > 0) ? ["requests still fail"] : []),
]

/** Another kind of analysis: rounds instead of weights. */
export function inRounds(canary: Canary, analysis: Partial<Canary["spec"]["analysis"]>): Canary {
  const { stepWeight: _, maxWeight: __, ...rest } = canary.spec.analysis
  return { ...canary, spec: { ...canary.spec, analysis: { ...rest, iterations: 3, ...analysis } } }
}
