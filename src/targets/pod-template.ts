import type { PodAffinityTerm, PodSpec, PodTemplateSpec } from "kubernetes-types/core/v1.js"
import type { LabelSelector } from "kubernetes-types/meta/v1.js"
import type { KubeObject } from "#api/objects.ts"
import { includedKeys } from "#api/release.ts"
import { withPrimaryConfigs } from "./config-references.ts"
import { type Copy, type Selector, TargetRefused } from "./contract.ts"
import { canonicalJson } from "./revision.ts"

const PROMOTION_ID = "flagger-id"
/** Lets through every label or annotation except those by which Flux knows its own objects. */
export const everyKey = ["*"]

/** The first of `-selector-labels` by which the workload selects its pods. */
export function selectorOf(workload: KubeObject, labels: readonly string[]): Selector {
  const matchLabels: Record<string, string> = workload.spec.selector?.matchLabels ?? {}
  const label = labels.find((candidate) => matchLabels[candidate] !== undefined)
  if (label !== undefined) return { label, value: matchLabels[label]! }
  const { name, namespace } = workload.metadata
  throw new TargetRefused(
    `getSelectorLabel failed: ${workload.kind.toLowerCase()} ${name}.${namespace} ` +
      `spec.selector.matchLabels must contain one of [${labels.join(" ")}]`,
  )
}

export const primarySelector = ({ label, value }: Selector): Selector => ({ label, value: `${value}-primary` })

/** The target's pods as the primary runs them: told apart by their label, with configs of their own. */
export function primaryTemplate({ target, configs, id }: Copy, { label, value }: Selector): PodTemplateSpec {
  const { metadata, spec } = target.spec.template
  return {
    metadata: {
      labels: { ...includedKeys(metadata?.labels, everyKey), [label]: value },
      annotations: { ...includedKeys(metadata?.annotations, everyKey), [PROMOTION_ID]: id },
    },
    spec: withPrimaryConfigs(spec, configs),
  }
}

/** True when both run the same pods; when they were promoted does not count. */
export const samePodTemplates = (one: PodTemplateSpec, other: PodTemplateSpec): boolean =>
  canonicalJson(withoutPromotionId(one)) === canonicalJson(withoutPromotionId(other))

function withoutPromotionId({ metadata, spec }: PodTemplateSpec): PodTemplateSpec {
  const { [PROMOTION_ID]: _id, ...annotations } = metadata?.annotations ?? {}
  return { metadata: { ...metadata, annotations }, spec }
}

/** Lets the primary's pods keep away from each other as the target's do from theirs. Pods that are sought stay the same. */
export function spreadAsPrimary(pod: PodSpec, targetName: string, labels: readonly string[]): PodSpec {
  const term = <T extends { labelSelector?: LabelSelector }>(at: T): T =>
    at.labelSelector ? { ...at, labelSelector: selectingPrimary(at.labelSelector, targetName, labels) } : at
  const constraints = pod.topologySpreadConstraints
  const away = pod.affinity?.podAntiAffinity
  return {
    ...pod,
    ...(constraints && { topologySpreadConstraints: constraints.map(term) }),
    ...(away && { affinity: { ...pod.affinity, podAntiAffinity: termsMapped(away, term) } }),
  }
}

type PodAntiAffinity = NonNullable<NonNullable<PodSpec["affinity"]>["podAntiAffinity"]>

function termsMapped(away: PodAntiAffinity, term: (at: PodAffinityTerm) => PodAffinityTerm): PodAntiAffinity {
  const required = away.requiredDuringSchedulingIgnoredDuringExecution
  const preferred = away.preferredDuringSchedulingIgnoredDuringExecution
  return {
    ...away,
    ...(required && { requiredDuringSchedulingIgnoredDuringExecution: required.map(term) }),
    ...(preferred && {
      preferredDuringSchedulingIgnoredDuringExecution: preferred.map((weighted) => ({
        ...weighted,
        podAffinityTerm: term(weighted.podAffinityTerm),
      })),
    }),
  }
}

/** Compared is the workload's name, not the value of its selector label: that is what the original does. */
function selectingPrimary(selector: LabelSelector, targetName: string, labels: readonly string[]): LabelSelector {
  const { matchLabels, matchExpressions } = selector
  const renamed = `${targetName}-primary`
  return {
    ...selector,
    ...(matchLabels && {
      matchLabels: Object.fromEntries(
        Object.entries(matchLabels).map(([key, value]) => [
          key,
          labels.includes(key) && value === targetName ? renamed : value,
        ]),
      ),
    }),
    ...(matchExpressions && {
      matchExpressions: matchExpressions.map((expression) => {
        const first = labels.includes(expression.key) ? (expression.values ?? []).indexOf(targetName) : -1
        return first < 0 ? expression : { ...expression, values: expression.values!.with(first, renamed) }
      }),
    }),
  }
}
