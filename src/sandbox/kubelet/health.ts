import type { Container, Probe } from "kubernetes-types/core/v1.js"
import type { Clock } from "../contract.ts"
import type { Happening } from "./events.ts"
import type { Inside } from "./inside.ts"
import { attempt, type Verdict } from "./probe-attempt.ts"
import { keepProbing } from "./probing.ts"

export interface Health {
  inside: Inside
  clock: Clock
  /** Ends all probes. */
  ended: AbortSignal
  /** Ends those that could restart the container. */
  stopping: AbortSignal
  tell(happening: Happening): void
  onStarted(): void
  onReady(ready: boolean): void
  /** Called once: it is to be ended. */
  onUnhealthy(kind: "startup" | "liveness", probe: Probe): void
}

const titles = { startup: "Startup", readiness: "Readiness", liveness: "Liveness" }
type ProbeKind = keyof typeof titles

/** Follows a container that runs: the startup probe first, then readiness and liveness. */
export async function watchHealth(health: Health): Promise<void> {
  const { startupProbe, readinessProbe, livenessProbe }: Container = health.inside.container
  const { stopping, ended } = health
  if (startupProbe && !(await passes(health, startupProbe))) return
  health.onStarted()
  if (!readinessProbe) health.onReady(true)
  await Promise.all([
    readinessProbe && keepTrying(health, "readiness", readinessProbe, ended, health.onReady),
    livenessProbe && untilUnhealthy(health, "liveness", livenessProbe, stopping),
  ])
}

async function passes(health: Health, probe: Probe): Promise<boolean> {
  let passed = false
  await untilUnhealthy(health, "startup", probe, health.stopping, () => (passed = true))
  return passed
}

/** Also until it passes, where somebody wants to know that. */
async function untilUnhealthy(
  health: Health,
  kind: "startup" | "liveness",
  probe: Probe,
  stop: AbortSignal,
  onPass?: () => void,
): Promise<void> {
  const enough = new AbortController()
  const end = () => enough.abort()
  stop.addEventListener("abort", end)
  if (stop.aborted) end()
  await keepTrying(health, kind, probe, enough.signal, (passed) => {
    if (passed && !onPass) return
    end()
    if (passed) onPass?.()
    else health.onUnhealthy(kind, probe)
  })
  stop.removeEventListener("abort", end)
}

function keepTrying(
  { inside, clock, tell }: Health,
  kind: ProbeKind,
  probe: Probe,
  signal: AbortSignal,
  onResult: (passes: boolean) => void,
): Promise<void> {
  return keepProbing({
    probe,
    clock,
    signal,
    eager: kind !== "liveness",
    attempt: () => attempt(probe, inside, clock, signal),
    onResult,
    onTrouble: (verdict) => tell(troubleOf(kind, verdict)),
  })
}

function troubleOf(kind: ProbeKind, { says, text }: Exclude<Verdict, { says: "success" }>): Happening {
  const what = {
    warning: "probe warning",
    failure: "probe failed",
    error: "probe errored and resulted in unknown state",
  }[says]
  return {
    type: "Warning",
    reason: says === "warning" ? "ProbeWarning" : "Unhealthy",
    message: `${titles[kind]} ${what}: ${text}`,
  }
}
