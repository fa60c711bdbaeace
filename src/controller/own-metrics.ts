import { Counter, Gauge, Histogram, Registry } from "prom-client"
import type { Canary, Phase } from "#api/canary.ts"
import type { ObjectRef } from "#api/objects.ts"
import { namespaceOf, primaryName, strategyOf, targetName } from "#api/release.ts"
import type { Outcome } from "#core/rollout/step.ts"
import { addProcessMetrics } from "./process-metrics.ts"

export type Delivery = "event" | "alert" | "webhook"

/** What the operator tells Prometheus about canaries and about itself. */
export interface OwnMetrics {
  /** Canaries per namespace. A namespace that is missing has none. */
  totals(perNamespace: ReadonlyMap<string, number>): void
  /** The first sight of a canary: status and weights are shown as its resource has them, until something newer is told. */
  seen(canary: Canary): void
  phase(canary: Canary, phase: Phase): void
  weights(canary: Canary, weights: { primary: number; canary: number }): void
  measured(canary: Canary, metric: string, value: number): void
  analysed(canary: Canary, seconds: number): void
  finished(canary: Canary, outcome: Outcome): void
  /** Removes all series of a canary. */
  forget(canary: Pick<ObjectRef, "namespace" | "name">): void
  apiRequest(verb: string, code: number | string): void
  deliveryFailed(what: Delivery): void
  /** Given up without trying, because too many were waiting. */
  deliveryDropped(what: Delivery): void
  /** Is asked at every reading for what is held of each kind, and how many watches that took. */
  holding(kinds: () => Iterable<[string, { objects: number; watches: number }]>): void
  text(): Promise<string>
  readonly contentType: string
}

/** The series of one canary: they carry its target's name. */
interface Series {
  target: string
  primary: string
  namespace: string
  metrics: Set<string>
}

export function createOwnMetrics(about: { version: string; meshProvider: string }): OwnMetrics {
  const registry = new Registry()
  const registers = [registry]
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Gauge<L>({ name, help, labelNames, registers })
  const counter = <L extends string>(name: string, help: string, ...labelNames: L[]) =>
    new Counter<L>({ name, help, labelNames, registers })
  const byTarget = ["name", "namespace"] as const
  const byOutcome = [...byTarget, "deployment_strategy", "analysis_status"] as const

  const info = gauge("flagger_info", "Flagger version and mesh provider information", "version", "mesh_provider")
  const total = gauge("flagger_canary_total", "Total number of canary object", "namespace")
  const status = gauge("flagger_canary_status", "Last canary analysis result", ...byTarget)
  const weight = gauge(
    "flagger_canary_weight",
    "The virtual service destination weight current value",
    "workload",
    "namespace",
  )
  const analysis = gauge(
    "flagger_canary_metric_analysis",
    "Last canary analysis result per metric",
    ...byTarget,
    "metric",
  )
  const duration = new Histogram({
    name: "flagger_canary_duration_seconds",
    help: "Seconds spent performing canary analysis.",
    labelNames: byTarget,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers,
  })
  const successes = counter("flagger_canary_successes_total", "Total number of canary successes", ...byOutcome)
  const failures = counter("flagger_canary_failures_total", "Total number of canary failures", ...byOutcome)
  const requests = counter("flagger_kubernetes_requests_total", "Requests to the Kubernetes API", "verb", "code")
  const failed = counter("flagger_delivery_failures_total", "Events, alerts and hook calls that did not arrive", "type")
  const dropped = counter("flagger_deliveries_dropped_total", "Events, alerts and hook calls never sent", "type")
  const cached = gauge("flagger_cached_objects", "Kubernetes objects held in memory", "kind")
  const watches = counter("flagger_watches_total", "Watches begun, with those begun again after they broke", "kind")
  addProcessMetrics(registry)
  info.set({ version: about.version, mesh_provider: about.meshProvider }, 1)

  let held: Parameters<OwnMetrics["holding"]>[0] = () => []
  const known = new Map<string, Series>()
  const keyOf = ({ namespace, name }: Pick<ObjectRef, "namespace" | "name">) => `${namespace}/${name}`

  /** Labels of the canary's series. When it points to another target, those of the former one go. */
  function labelsOf(canary: Canary): { name: string; namespace: string } {
    const labels = { name: targetName(canary), namespace: namespaceOf(canary) }
    const key = keyOf(canary.metadata)
    const series = known.get(key)
    if (series?.target === labels.name) return labels
    if (series) remove(series)
    const { name: target, namespace } = labels
    known.set(key, { target, primary: primaryName(canary), namespace, metrics: new Set() })
    return labels
  }

  function remove({ target: name, primary, namespace, metrics }: Series): void {
    status.remove({ name, namespace })
    duration.remove({ name, namespace })
    for (const workload of [name, primary]) weight.remove({ workload, namespace })
    for (const metric of metrics) analysis.remove({ name, namespace, metric })
    for (const deployment_strategy of ["canary", "blue-green", "ab-testing"]) {
      for (const analysis_status of ["completed", "skipped"]) {
        successes.remove({ name, namespace, deployment_strategy, analysis_status })
        failures.remove({ name, namespace, deployment_strategy, analysis_status })
      }
    }
  }

  const setPhase = (canary: Canary, phase: Phase) => status.set(labelsOf(canary), statusValues.get(phase) ?? 1)

  function setWeights(canary: Canary, weights: { primary: number; canary: number }): void {
    const { name, namespace } = labelsOf(canary)
    weight.set({ workload: primaryName(canary), namespace }, weights.primary)
    weight.set({ workload: name, namespace }, weights.canary)
  }

  const namespaces = new Set<string>()
  return {
    totals(perNamespace) {
      for (const namespace of perNamespace.keys()) namespaces.add(namespace)
      for (const namespace of namespaces) total.set({ namespace }, perNamespace.get(namespace) ?? 0)
    },
    seen(canary) {
      const { phase, canaryWeight = 0 } = canary.status ?? {}
      if (known.has(keyOf(canary.metadata)) || !phase || phase === "Initializing") return
      setPhase(canary, phase)
      setWeights(canary, { primary: 100 - canaryWeight, canary: canaryWeight })
    },
    phase: setPhase,
    weights: setWeights,
    measured(canary, metric, value) {
      const labels = labelsOf(canary)
      known.get(keyOf(canary.metadata))!.metrics.add(metric)
      analysis.set({ ...labels, metric }, value)
    },
    analysed: (canary, seconds) => duration.observe(labelsOf(canary), seconds),
    finished(canary, outcome) {
      const outcomes = outcome.result === "succeeded" ? successes : failures
      const deployment_strategy = strategyOf(canary.spec.analysis)
      outcomes.inc({ ...labelsOf(canary), deployment_strategy, analysis_status: outcome.analysis })
    },
    forget(canary) {
      const series = known.get(keyOf(canary))
      if (series) remove(series)
      known.delete(keyOf(canary))
    },
    apiRequest: (verb, code) => requests.inc({ verb, code }),
    deliveryFailed: (type) => failed.inc({ type }),
    deliveryDropped: (type) => dropped.inc({ type }),
    holding: (kinds) => (held = kinds),
    text() {
      cached.reset()
      watches.reset()
      for (const [kind, counts] of held()) {
        cached.inc({ kind }, counts.objects)
        watches.inc({ kind }, counts.watches)
      }
      return registry.metrics()
    },
    contentType: registry.contentType,
  }
}

/** Alert rules everywhere read more than 1 as a failure. Phases that are not listed are 1. */
const statusValues: ReadonlyMap<Phase, number> = new Map([
  ["Progressing", 0],
  ["Failed", 2],
])
