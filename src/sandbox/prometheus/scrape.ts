import type { Http } from "#net/contract.ts"
import type { Clock } from "../contract.ts"
import { keyOf, labelsOf } from "./labels.ts"
import type { Sample, Store } from "./store.ts"
import { type AskTarget, createAskTarget, type Target } from "./target.ts"

/** Samples that are made in this process. */
export interface LocalSource {
  readonly job: string
  samples(): Iterable<Sample>
}

export interface TargetSource {
  /** Asked before every round. */
  targets(): readonly Target[]
}

export type Source = LocalSource | TargetSource

export interface TargetHealth extends Target {
  readonly health: "unknown" | "up" | "down"
  readonly lastError: string
  readonly lastScrapeMs?: number
  readonly durationMs: number
}

export interface Scraping {
  health(): readonly TargetHealth[]
  /** Nothing is asked or stored after it. */
  stop(): void
}

interface ScrapingOptions {
  clock: Clock
  store: Store
  sources: readonly Source[]
  intervalMs: number
  http: Http
}

interface KnownTarget {
  readonly ask: AskTarget
  health: TargetHealth
  busy: boolean
}

const LONGEST_WAIT_MS = 10_000
/** By which a round may be late and still be taken for punctual: evenly spaced times take no room. */
const TOLERATED_SHARE = 0.01

/** Asks all sources in every interval. */
export function startScraping({ clock, store, sources, intervalMs, http }: ScrapingOptions): Scraping {
  const stopping = new AbortController()
  const known = new Map<string, KnownTarget>()
  let forgetTimer = () => {}

  function round(plannedMs: number): void {
    const nowMs = clock.now()
    const atMs = nowMs - plannedMs <= intervalMs * TOLERATED_SHARE ? plannedMs : nowMs
    for (const source of sources) if ("job" in source) scrapeLocal(source, store, atMs)
    follow(new Map(sources.flatMap(targetsOf).map((target) => [idOf(target), target])), atMs)
    for (const [id, target] of known) if (!target.busy) void scrape(id, target, atMs)
    const rounds = Math.floor((clock.now() - plannedMs) / intervalMs) + 1
    const nextMs = plannedMs + rounds * intervalMs
    forgetTimer = clock.after(nextMs - clock.now(), () => round(nextMs))
  }

  function follow(present: ReadonlyMap<string, Target>, atMs: number): void {
    for (const id of known.keys())
      if (!present.has(id)) {
        known.delete(id)
        store.append([], atMs, id)
      }
    for (const [id, target] of present)
      if (!known.has(id)) known.set(id, { ask: createAskTarget(target, http), health: unasked(target), busy: false })
  }

  async function scrape(id: string, target: KnownTarget, atMs: number): Promise<void> {
    target.busy = true
    const beganMs = clock.now()
    const { samples, error } = await target.ask(Math.min(intervalMs, LONGEST_WAIT_MS), stopping.signal)
    target.busy = false
    if (stopping.signal.aborted || known.get(id) !== target) return
    store.append(samples, atMs, id)
    target.health = {
      ...target.health,
      health: error === undefined ? "up" : "down",
      lastError: error ?? "",
      lastScrapeMs: atMs,
      durationMs: clock.now() - beganMs,
    }
  }

  round(clock.now())
  return {
    health: () => [...known.values()].map(({ health }) => health),
    stop() {
      stopping.abort()
      forgetTimer()
    },
  }
}

function scrapeLocal({ job, samples }: LocalSource, store: Store, atMs: number): void {
  const up = (value: number): Sample => ({ name: "up", labels: { job }, value })
  try {
    store.append([...samples(), up(1)], atMs, job)
  } catch {
    store.append([up(0)], atMs, job)
  }
}

/** A source that cannot say has none, and so `up` is missing. */
function targetsOf(source: Source): readonly Target[] {
  try {
    return "targets" in source ? source.targets() : []
  } catch {
    return []
  }
}

const idOf = ({ url, labels }: Target): string => `${url} ${keyOf(labelsOf(Object.entries(labels)))}`

const unasked = (target: Target): TargetHealth => ({ ...target, health: "unknown", lastError: "", durationMs: 0 })
