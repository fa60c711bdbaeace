const NANOSECONDS_PER_MS = 1_000_000
const units: readonly [string, bigint][] = [
  ["s", 1_000_000_000n],
  ["ms", 1_000_000n],
  ["µs", 1_000n],
]

/** A duration as Go writes it: `1.515s`, `500ms`, `1h0m0s`. */
export function goDuration(ms: number): string {
  if (!Number.isFinite(ms)) return ms > 0 ? "+Inf" : "-Inf"
  const nanoseconds = BigInt(Math.round(ms * NANOSECONDS_PER_MS))
  if (nanoseconds === 0n) return "0s"
  return nanoseconds < 0n ? `-${positive(-nanoseconds)}` : positive(nanoseconds)
}

function positive(nanoseconds: bigint): string {
  const seconds = nanoseconds / 1_000_000_000n
  if (seconds >= 60n) {
    const hours = seconds / 3600n
    const minute = 60_000_000_000n
    return `${hours ? `${hours}h` : ""}${(seconds / 60n) % 60n}m${decimal(nanoseconds % minute, 1_000_000_000n)}s`
  }
  const [unit, size] = units.find(([, least]) => nanoseconds >= least) ?? ["ns", 1n]
  return decimal(nanoseconds, size) + unit
}

function decimal(value: bigint, unit: bigint): string {
  const fraction = (value % unit)
    .toString()
    .padStart(unit.toString().length - 1, "0")
    .replace(/0+$/, "")
  return `${value / unit}${fraction && `.${fraction}`}`
}
