import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import type { Wanted } from "#kube/contract.ts"

/** What is asked of a workload's rollout. */
export type Readiness =
  | { ready: true }
  /** `why` is the whole event text. `retriable: false` means it will not become ready by waiting. */
  | { ready: false; retriable: boolean; why: string }

/** A ConfigMap or Secret that the workload refers to. */
export interface ConfigUse {
  kind: "ConfigMap" | "Secret"
  name: string
  optional: boolean
}

/** A config that is followed: `checksum` goes into `status.trackedConfigs` under `configmap/<name>` or `secret/<name>`. */
export interface TrackedConfig {
  kind: "ConfigMap" | "Secret"
  name: string
  checksum: string
}

export interface TargetSettings {
  selectorLabels: readonly string[]
  includeLabelPrefixes: readonly string[]
}

/** A Service port, as generated for the three Services. */
export interface ServicePort {
  name: string
  port: number
  targetPort: number | string
  protocol: "TCP"
  appProtocol?: string
}

/** The label that tells canary and primary pods apart. */
export interface Selector {
  label: string
  value: string
}

/** What a promotion or a creation of the primary is made from. */
export interface Copy {
  target: KubeObject
  /** Absent when the primary is created. */
  primary?: KubeObject
  /** The references to be renamed: tracked configs only. */
  configs: readonly TrackedConfig[]
  /** Value of the `flagger-id` pod annotation; differs for every promotion. */
  id: string
}

/** One kind of workload. Pure. */
export interface Target {
  serves(canary: Canary): boolean
  ref(canary: Canary): ObjectRef
  primaryRef(canary: Canary): ObjectRef
  /** Throws `TargetRefused` when none of the selector labels is used. */
  selector(canary: Canary, target: KubeObject, settings: TargetSettings): Selector
  /** Container ports for `portDiscovery`, without the Service's own, in a stable order. */
  ports(canary: Canary, target: KubeObject): ServicePort[]
  /** Identifies what would run: changes when, and only when, the pods would differ. */
  revision(target: KubeObject): string
  configUses(target: KubeObject): ConfigUse[]
  primary(canary: Canary, copy: Copy, settings: TargetSettings): KubeObject
  promoted(canary: Canary, copy: Copy & { primary: KubeObject }, settings: TargetSettings): Wanted
  /** True when the primary already runs the target's revision; used when taking over from another implementation. */
  samePods(canary: Canary, copy: Copy & { primary: KubeObject }, settings: TargetSettings): boolean
  readiness(canary: Canary, workload: KubeObject, role: "primary" | "canary", nowMs: number): Readiness
  isAtZero(target: KubeObject): boolean
  /** Merge patch body that stops the workload. */
  toZero(target: KubeObject): unknown
  /** Merge patch body that starts it with so many replicas. */
  fromZero(target: KubeObject, replicas: number): unknown
  /** Replicas to start with: its own, else the autoscaler's minimum if there is one, else the primary's, else one. */
  replicas(target: KubeObject, primary: KubeObject | undefined, scalerMinimum: number | undefined): number
}

export class TargetRefused extends Error {
  override readonly name = "TargetRefused"
}
