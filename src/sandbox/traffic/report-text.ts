import type { Figures, Latency } from "./tally.ts"
import type { Report } from "./traffic.ts"

/** A report for a terminal. */
export function reportText(report: Report): string {
  return [
    section("Summary", [
      ["Total", `${report.seconds.toFixed(2)} s`],
      ["Requests", String(report.requests)],
      ["Failed", `${report.failed} (${percent(report.failed, report.requests)})`],
      ["Requests/s", report.answersPerSecond.toFixed(1)],
      ["Fastest", ms(report.latency.minMs)],
      ["Average", ms(report.latency.meanMs)],
      ["Slowest", ms(report.latency.maxMs)],
    ]),
    section("Latency", percentiles(report.latency)),
    section("Answers", [...counts(report.byStatus), ...counts(report.troubles)]),
    section("Versions", groups(report.byVersion, report.requests)),
    section("Users", groups(report.byProfile, report.requests)),
  ]
    .filter(Boolean)
    .join("\n\n")
}

type Row = readonly string[]

function section(title: string, rows: readonly Row[]): string {
  if (rows.length === 0) return ""
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const line = (row: Row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd()
  return [`${title}:`, ...rows.map(line)].join("\n")
}

const percentiles = (latency: Latency): Row[] =>
  ([10, 25, 50, 75, 90, 95, 99] as const).map((share) => [`${share} % within`, ms(latency[`p${share}Ms`])])

const counts = (of: Readonly<Record<string, number>>): Row[] =>
  Object.entries(of).map(([name, count]) => [name, String(count)])

const groups = (of: Readonly<Record<string, Figures>>, all: number): Row[] =>
  Object.entries(of).map(([name, { requests, failed, latency }]) => [
    name,
    `${requests} (${percent(requests, all)})`,
    `${failed} failed`,
    `p99 ${ms(latency.p99Ms)}`,
  ])

const ms = (value: number): string => `${value.toFixed(value < 10 ? 2 : 1)} ms`
const percent = (part: number, whole: number): string => `${whole === 0 ? "0.0" : ((100 * part) / whole).toFixed(1)} %`
