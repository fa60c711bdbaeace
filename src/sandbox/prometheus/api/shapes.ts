import { formatGoFloat } from "#core/text/go-number.ts"
import type { Labels } from "../labels.ts"
import type { Value } from "../promql/values.ts"
import type { TargetHealth } from "../scrape.ts"

export const plain = (labels: Labels): Record<string, string> => Object.fromEntries(labels)

const point = (ms: number, value: number): [number, string] => [ms / 1000, formatGoFloat(value, "f")]

/** A result as clients of Prometheus know it: numbers are texts, times are seconds. */
export function shown(value: Value, atMs: number): { resultType: string; result: unknown } {
  switch (value.type) {
    case "scalar":
      return { resultType: "scalar", result: point(atMs, value.value) }
    case "string":
      return { resultType: "string", result: [atMs / 1000, value.value] }
    case "vector": {
      const result = value.elements.map(({ labels, value: of }) => ({ metric: plain(labels), value: point(atMs, of) }))
      return { resultType: "vector", result }
    }
    case "matrix": {
      const result = value.lines.map(({ labels, times, values }) => ({
        metric: plain(labels),
        values: times.map((ms, index) => point(ms, values[index]!)),
      }))
      return { resultType: "matrix", result }
    }
  }
}

/** The time of what has not happened, to Go. */
const NEVER = "0001-01-01T00:00:00Z"

export const targetsShown = (targets: readonly TargetHealth[], intervalMs: number) => ({
  activeTargets: targets.map(({ url, labels, health, lastError, lastScrapeMs, durationMs }) => ({
    discoveredLabels: {},
    labels,
    scrapePool: labels["job"] ?? "",
    scrapeUrl: url,
    globalUrl: url,
    lastError,
    lastScrape: lastScrapeMs === undefined ? NEVER : new Date(lastScrapeMs).toISOString(),
    lastScrapeDuration: durationMs / 1000,
    health,
    scrapeInterval: `${intervalMs / 1000}s`,
    scrapeTimeout: `${intervalMs / 1000}s`,
  })),
  droppedTargets: [],
  droppedTargetCounts: {},
})

/** The version is the one whose answers these are like. */
export const buildInfo = {
  version: "3.15.0",
  revision: "sandbox",
  branch: "sandbox",
  buildUser: "",
  buildDate: "",
  goVersion: "",
}
