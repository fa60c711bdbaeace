const BOUNDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const NAME = "http_request_duration_seconds"

interface Histogram {
  buckets: number[]
  seconds: number
  count: number
}

/** How long requests took, by status, for Prometheus to read. */
export function createMeasurements() {
  const byStatus = new Map<number, Histogram>()

  function histogram(status: number): Histogram {
    const found = byStatus.get(status) ?? { buckets: BOUNDS.map(() => 0), seconds: 0, count: 0 }
    byStatus.set(status, found)
    return found
  }

  return {
    add(status: number, seconds: number): void {
      const found = histogram(status)
      found.count++
      found.seconds += seconds
      BOUNDS.forEach((bound, index) => {
        if (seconds <= bound) found.buckets[index]!++
      })
    },
    text(version: string): string {
      const lines = [...byStatus].flatMap(([status, found]) => linesOf(status, found))
      return [
        `# HELP ${NAME} How long requests took.`,
        `# TYPE ${NAME} histogram`,
        ...lines,
        "# HELP app_info What runs here.",
        "# TYPE app_info gauge",
        `app_info{version=${JSON.stringify(version)}} 1`,
        "",
      ].join("\n")
    },
  }
}

function linesOf(status: number, { buckets, seconds, count }: Histogram): string[] {
  const bucket = (le: string, value: number) => `${NAME}_bucket{status="${status}",le="${le}"} ${value}`
  return [
    ...BOUNDS.map((bound, index) => bucket(String(bound), buckets[index]!)),
    bucket("+Inf", count),
    `${NAME}_sum{status="${status}"} ${seconds}`,
    `${NAME}_count{status="${status}"} ${count}`,
  ]
}
