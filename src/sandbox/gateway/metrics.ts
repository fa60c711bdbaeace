import { createRate, type Rate } from "./rate.ts"

/** One value of one series. Labels are never changed; the same series has the same ones each time. */
export interface Sample {
  name: string
  labels: Readonly<Record<string, string>>
  value: number
}

export interface PodAnswer {
  namespace: string
  pod: string
  method: string
  status: number
  durationMs: number
}

export interface Metrics {
  /** A pod has answered, or failed to. */
  answered(answer: PodAnswer): void
  /** A client has its answer. */
  served(request: { route: string; backend: string; status: number }): void
  retried(pod: { namespace: string; pod: string }, reason: string): void
  /** Of a pod, by namespace and name. */
  requestsPerSecond(pod: string): number
  samples(): Sample[]
}

export const DURATION = "http_request_duration_seconds"
export const REQUESTS = "gateway_requests_total"
export const RETRIES = "gateway_retries_total"

const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10]

/** Pods come and go; series nobody adds to any more are dropped once no usual query looks back that far. */
const FORGOTTEN_AFTER_MS = 15 * 60_000

/** What the gateway counts, in memory. */
export function createMetrics(now: () => number): Metrics {
  const pods = new Map<string, PodSeries>()
  const counters = new Map<string, Counter>()

  function podSeries({ namespace, pod }: { namespace: string; pod: string }): PodSeries {
    const key = `${namespace}/${pod}`
    const known = pods.get(key)
    if (known) return known
    const made: PodSeries = { rate: createRate(), histograms: new Map(), lastMs: 0 }
    pods.set(key, made)
    return made
  }

  function count(key: string, series: () => Pick<Counter, "name" | "labels">): void {
    const known = counters.get(key)
    const counter = known ?? { ...series(), value: 0, lastMs: 0 }
    if (!known) counters.set(key, counter)
    counter.value++
    counter.lastMs = now()
  }

  return {
    answered(answer) {
      const series = podSeries(answer)
      series.lastMs = now()
      series.rate.add(series.lastMs)
      observe(histogramOf(series, answer), answer.durationMs / 1000)
    },
    served({ route, backend, status }) {
      const labels = () => ({ route, backend, status: String(status) })
      count(`${route} ${backend} ${status}`, () => ({ name: REQUESTS, labels: labels() }))
    },
    retried({ namespace, pod }, reason) {
      const labels = { kubernetes_namespace: namespace, kubernetes_pod_name: pod, reason }
      count(`${namespace}/${pod} ${reason}`, () => ({ name: RETRIES, labels }))
    },
    requestsPerSecond: (pod) => pods.get(pod)?.rate.perSecond(now()) ?? 0,
    samples() {
      const since = now() - FORGOTTEN_AFTER_MS
      for (const map of [pods, counters]) for (const [key, { lastMs }] of map) if (lastMs < since) map.delete(key)
      const samples: Sample[] = []
      for (const { histograms } of pods.values()) {
        for (const histogram of histograms.values()) tell(histogram, samples)
      }
      for (const { name, labels, value } of counters.values()) samples.push({ name, labels, value })
      return samples
    },
  }
}

interface PodSeries {
  rate: Rate
  /** By method and status. */
  histograms: Map<string, Histogram>
  lastMs: number
}
interface Counter extends Sample {
  lastMs: number
}
interface Histogram {
  labels: Sample["labels"]
  bucketLabels: readonly Sample["labels"][]
  /** Of each bucket alone; the last one has no upper bound. */
  counts: number[]
  sum: number
  count: number
}

function histogramOf({ histograms }: PodSeries, { namespace, pod, method, status }: PodAnswer): Histogram {
  const key = `${method} ${status}`
  const known = histograms.get(key)
  if (known) return known
  const labels = { kubernetes_namespace: namespace, kubernetes_pod_name: pod, method, status: String(status) }
  const made: Histogram = {
    labels,
    bucketLabels: [...BUCKETS.map(String), "+Inf"].map((le) => ({ ...labels, le })),
    counts: Array.from({ length: BUCKETS.length + 1 }, () => 0),
    sum: 0,
    count: 0,
  }
  histograms.set(key, made)
  return made
}

function observe(histogram: Histogram, seconds: number): void {
  const bucket = BUCKETS.findIndex((bound) => seconds <= bound)
  histogram.counts[bucket < 0 ? BUCKETS.length : bucket]!++
  histogram.sum += seconds
  histogram.count++
}

function tell({ labels, bucketLabels, counts, sum, count }: Histogram, samples: Sample[]): void {
  let below = 0
  for (const [index, bucket] of counts.entries()) {
    below += bucket
    samples.push({ name: `${DURATION}_bucket`, labels: bucketLabels[index]!, value: below })
  }
  samples.push({ name: `${DURATION}_sum`, labels, value: sum }, { name: `${DURATION}_count`, labels, value: count })
}
