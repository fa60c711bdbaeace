import { styleText } from "node:util"

/** How a release stands, as a person wants to know it. */
export interface ReleaseView {
  name: string
  phase: string
  /** Percent of the traffic. */
  weights: { primary: number; canary: number }
  versions: { primary: string; canary: string }
  failedChecks: number
  threshold: number
}

/** What clients saw of one version in the last seconds. */
export interface VersionView {
  version: string
  requestsPerSecond: number
  successPercent: number
  p99Ms: number
}

export interface Paint {
  good(text: string): string
  bad(text: string): string
  strong(text: string): string
  faint(text: string): string
  primary(text: string): string
  canary(text: string): string
}

export const colours: Paint = {
  good: (text) => styleText("green", text),
  bad: (text) => styleText("red", text),
  strong: (text) => styleText("bold", text),
  faint: (text) => styleText("dim", text),
  primary: (text) => styleText("blue", text),
  canary: (text) => styleText("yellow", text),
}

const same = (text: string): string => text
export const plain: Paint = { good: same, bad: same, strong: same, faint: same, primary: same, canary: same }

const LONGEST_BAR = 30
const SHORTEST_BAR = 5

/** A line for each release and for each version; none is wider than the terminal. */
export function screen(
  releases: readonly ReleaseView[],
  versions: readonly VersionView[],
  { paint, columns }: { paint: Paint; columns: number },
): string[] {
  const lines = releases.map((release) => releaseLine(release, { paint, columns }))
  return [...lines, ...versions.map((one) => versionLine(one, paint))]
}

export function releaseLine(release: ReleaseView, { paint, columns }: { paint: Paint; columns: number }): string {
  const { name, phase, weights, failedChecks, threshold } = release
  const checks = failedChecks > 0 ? `  failed checks ${failedChecks} of ${threshold}` : ""
  const sides = sidesOf(release)
  const others = name.length + width + sides.length + checks.length + 3 * GAP.length
  const length = Math.max(SHORTEST_BAR, Math.min(LONGEST_BAR, columns - 1 - others))
  const onCanary = Math.round((weights.canary / 100) * length)
  const bar = paint.primary("█".repeat(length - onCanary)) + paint.canary("█".repeat(onCanary))
  return [paint.strong(name), phaseText(phase, paint), bar, sides + paint.bad(checks)].join(GAP)
}

const GAP = "  "

function sidesOf({ weights, versions }: ReleaseView): string {
  const isMoving = weights.canary > 0 || versions.canary !== versions.primary
  const primary = `${versions.primary} ${weights.primary} %`
  return isMoving ? `${primary}  ${versions.canary} ${weights.canary} %` : primary
}

const width = "WaitingPromotion".length

function phaseText(phase: string, paint: Paint): string {
  const padded = phase.padEnd(width)
  if (phase === "Succeeded") return paint.good(padded)
  return phase === "Failed" ? paint.bad(padded) : padded
}

function versionLine({ version, requestsPerSecond, successPercent, p99Ms }: VersionView, paint: Paint): string {
  const success = `${successPercent.toFixed(successPercent === 100 ? 0 : 1)} % successful`
  const rate = `${requestsPerSecond.toFixed(0).padStart(4)} requests/s`
  const shownSuccess = successPercent < 99 ? paint.bad(success) : success
  return `  ${version.padEnd(8)} ${rate}  ${shownSuccess}  99 % within ${p99Ms.toFixed(0)} ms`
}
