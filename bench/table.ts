import type { Figures } from "./meter.ts"
import original from "./original.json" with { type: "json" }

type Row = readonly string[]

/** What was measured, line by line beside the original's figures for the nearest recorded number of canaries. */
export function table(canaries: number, phases: Record<string, Figures>): string {
  const recorded = original.figures.toSorted(
    (a, b) => Math.abs(a.canaries - canaries) - Math.abs(b.canaries - canaries),
  )
  const { canaries: recordedCanaries, phases: recordedPhases } = recorded[0]!
  const theirs = (phase: string) => recordedPhases[phase as keyof typeof recordedPhases]
  const head = ["phase", "", "seconds", "API requests", "CPU s", "peak RSS MB", "by verb"]
  const rows = Object.entries(phases).flatMap(([phase, figures]): Row[] => [
    [phase, "ours", ...cells(figures), verbs(figures)],
    ["", `original, ${recordedCanaries}`, ...cells(theirs(phase)), ""],
  ])
  return [...aligned([head, ...rows]), "", `Original: ${original.source}.`].join("\n")
}

interface Measured {
  seconds: number
  requests: number | null
  cpuSeconds: number
  peakRssMb: number
}

const cells = ({ seconds, requests, cpuSeconds, peakRssMb }: Measured): string[] => [
  seconds.toFixed(1),
  requests === null ? "?" : String(requests),
  cpuSeconds.toFixed(1),
  peakRssMb.toFixed(0),
]

const verbs = ({ byVerb }: Figures): string =>
  Object.entries(byVerb)
    .toSorted(([, a], [, b]) => b - a)
    .map(([verb, count]) => `${verb} ${count}`)
    .join(", ")

function aligned(rows: Row[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  )
}
