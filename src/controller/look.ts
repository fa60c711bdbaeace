import { API_VERSION, type Canary } from "#api/canary.ts"
import { controllerOf, type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { namespaceOf, strategyOf } from "#api/release.ts"
import { isForeignRevision } from "#core/rollout/changes.ts"
import { primaryId } from "#core/rollout/run-id.ts"
import type { Answers, Look, Readiness, Snapshot, TargetSeen } from "#core/rollout/snapshot.ts"
import type { Part } from "#core/rollout/step.ts"
import { invalidity } from "#core/rollout/validity.ts"
import { differs } from "#kube/apply.ts"
import type { Wanted } from "#kube/contract.ts"
import { allToCanary, type Found } from "#routers/contract.ts"
import { serviceRefs } from "#targets/services.ts"
import { type Adapters, adaptersFor, isPlain } from "./adapters.ts"
import { clusterOf, type Clusters, isOneCluster } from "./clusters.ts"
import { configKey, type ConfigReader, configRef } from "./config-reader.ts"
import type { Memo } from "./memo.ts"
import { dueInMs, type Memory } from "./memory.ts"
import type { Settings } from "./settings.ts"
import {
  apexPart,
  distinct,
  primaryOf,
  readRoutes,
  repairedRoutes,
  routesPart,
  scalerPart,
  servicesPart,
  shortcomings,
  type Stage,
} from "./stage.ts"

/** What was found for a canary: a snapshot to decide from and, where the canary can be served, the stage to act on. */
export interface Sight {
  snapshot: Snapshot
  stage?: Stage
  /** Worth telling once, though the canary works all the same. */
  notices?: string[]
}

export interface Eyes {
  clusters: Clusters
  settings: Settings
  configs: ConfigReader
  /** Older canaries of the same target have it; the younger one is refused. */
  holderOfTarget(canary: Canary): Canary | undefined
  follow(canary: Canary, signature: string, refs: () => ObjectRef[]): Promise<void>
  now(): number
}

/** `made` are the parts that were made since this wake-up began. */
export async function look(
  eyes: Eyes,
  canary: Canary,
  memory: Memory,
  { answers, made }: { answers: Answers; made: readonly Part[] },
): Promise<Sight> {
  const nowMs = eyes.now()
  const due = dueInMs(memory, canary, nowMs) === 0
  const base = { nowMs, canary, due, fresh: memory.fresh, made, answers } as const
  const blank = { ...base, ...unseen, preRolloutPassed: memory.preRolloutPassed }
  const refuse = (reason: string, text: string): Sight => ({ snapshot: { ...blank, refusal: { reason, text } } })

  const { uid, generation, deletionTimestamp } = canary.metadata
  const leaving = deletionTimestamp !== undefined
  const adapters = memory.memo("adapters", [uid, generation, leaving], () => adaptersOrProblem(eyes.settings, canary))
  if ("problem" in adapters) return refuse("InvalidSpec", `invalid canary spec: ${adapters.problem}`)
  const holder = eyes.holderOfTarget(canary)
  if (holder) return refuse("TargetTaken", takenBy(canary, holder))

  const found: Found = { get: (ref) => clusterOf(eyes.clusters, ref).caches.get(ref) }
  const workload = await workloadOf(eyes, canary, adapters, found)
  if (!workload) return leaving ? { snapshot: blank } : refuse("TargetNotFound", missingTarget(canary))
  const uses = eyes.settings.configTracking ? adapters.target.configUses(workload) : undefined
  const configRefs = (uses ?? []).map((use) => configRef(namespaceOf(canary), use))
  await eyes.follow(canary, signatureOf(canary, configRefs), () => referencesOf(canary, adapters, configRefs))

  const unwatched = unwatchedKind(eyes.clusters, [...serviceRefs(canary), ...adapters.router.reads(canary)])
  if (unwatched !== undefined) throw new Error(unwatched)

  try {
    const configs = await readConfigs(eyes, canary, uses)
    const stage = stageOf(eyes, canary, adapters, found, workload, configs)
    const cannot = leaving ? undefined : unroutable(stage)
    if (cannot) return refuse("Unroutable", cannot)
    return { stage, ...seenOn(stage, blank, memory.memo) }
  } catch (error) {
    return refuse("TargetUnfit", textOf(error))
  }
}

/** Why a kind cannot be watched: what is not seen of it must not be taken for not there. */
function unwatchedKind(clusters: Clusters, refs: ObjectRef[]): string | undefined {
  const problems = refs.map((ref) => clusterOf(clusters, ref).caches.blindTo?.(ref.apiVersion, ref.kind))
  return problems.find((problem) => problem !== undefined)
}

function adaptersOrProblem(settings: Settings, canary: Canary): Adapters | { problem: string } {
  // Whatever has become of its spec, a canary that leaves gives the traffic back.
  const invalid = canary.metadata.deletionTimestamp ? undefined : invalidity(canary, settings)
  if (invalid) return { problem: invalid }
  try {
    return adaptersFor(canary, settings.meshProvider)
  } catch (error) {
    return { problem: textOf(error) }
  }
}

/** The target is needed to know which configs are to be followed with it. */
async function workloadOf(
  eyes: Eyes,
  canary: Canary,
  adapters: Adapters,
  found: Found,
): Promise<KubeObject | undefined> {
  const ref = adapters.target.ref(canary)
  const known = found.get(ref)
  if (known) return known
  await eyes.follow(canary, signatureOf(canary, []), () => referencesOf(canary, adapters, []))
  return found.get(ref)
}

/** Everything a canary's look reads; it is woken when any of it changes. */
function referencesOf(canary: Canary, { target, router, scaler }: Adapters, configs: ObjectRef[]): ObjectRef[] {
  const scalers = scaler ? [scaler.ref(canary), scaler.primaryRef(canary)] : []
  return distinct([
    target.ref(canary),
    target.primaryRef(canary),
    ...serviceRefs(canary),
    ...scalers,
    ...router.reads(canary),
    ...templateRefs(canary),
    ...configs,
  ])
}

/** References follow from the spec and from the configs in use. */
export const signatureOf = ({ metadata }: Canary, configs: ObjectRef[]): string =>
  `${metadata.uid} ${metadata.generation} ${configs.map(({ kind, name }) => `${kind}/${name}`).join()}`

/** The same before anything has been read; nothing for a canary that cannot be served. */
export function knownReferences(canary: Canary, meshProvider: string): ObjectRef[] {
  try {
    return referencesOf(canary, adaptersFor(canary, meshProvider), [])
  } catch {
    return []
  }
}

const templateRefs = (canary: Canary): ObjectRef[] =>
  (canary.spec.analysis.metrics ?? []).flatMap(({ templateRef }) =>
    templateRef ? [templateRefOf(canary, templateRef)] : [],
  )

export const templateRefOf = (
  canary: Canary,
  { name, namespace }: { name: string; namespace?: string },
): ObjectRef => ({
  apiVersion: API_VERSION,
  kind: "MetricTemplate",
  namespace: namespace || namespaceOf(canary),
  name,
})

async function readConfigs(
  eyes: Eyes,
  canary: Canary,
  uses: Parameters<ConfigReader["tracked"]>[1] | undefined,
): Promise<Pick<Stage, "configs" | "configProblem">> {
  if (!uses) return { configs: undefined, configProblem: undefined }
  try {
    return { configs: await eyes.configs.tracked(namespaceOf(canary), uses), configProblem: undefined }
  } catch (error) {
    return { configs: undefined, configProblem: textOf(error) }
  }
}

function stageOf(
  { settings, clusters }: Eyes,
  canary: Canary,
  adapters: Adapters,
  found: Found,
  workload: KubeObject,
  configs: Pick<Stage, "configs" | "configProblem">,
): Stage {
  const selector = adapters.target.selector(canary, workload, settings)
  return {
    ...adapters,
    canary,
    found,
    workload,
    selector,
    ports: canary.spec.service?.portDiscovery ? adapters.target.ports(canary, workload) : [],
    ...configs,
    targetSettings: settings,
    routerSettings: { ...settings, selectorLabel: selector.label, ownable: isOneCluster(clusters) },
  }
}

function seenOn(stage: Stage, blank: Snapshot, memo: Memo): Omit<Sight, "stage"> {
  const { canary, router, routerName, workload, configProblem } = stage
  const primary = primaryOf(stage)
  const found = (refs: ObjectRef[]) => refs.map((ref) => stage.found.get(ref))
  const spec = [canary.metadata.generation, canary.metadata.uid, workload.metadata.generation, workload.metadata.uid]

  const services = memo("services", [...spec, ...found(serviceRefs(canary))], () => ({
    services: lookOf(stage, () => servicesPart(stage)),
    apex: lookOf(stage, () => apexPart(stage)),
    notices: shortcomings(stage),
  }))
  const routes = memo("routes", [...spec, ...routingInputs(canary), ...found(router.reads(canary))], () => {
    const { split } = readRoutes(stage)
    return { split, look: lookOf(stage, () => repairedRoutes(stage)) }
  })
  const snapshot: Snapshot = {
    ...blank,
    plain: isPlain(routerName),
    can: { mirror: router.can.mirror, sticky: router.can.sticky, stickyPrimary: router.can.stickyPrimary ?? false },
    target: targetSeen(stage, primary, blank.nowMs, memo),
    primary: {
      exists: primary !== undefined,
      readiness: primary ? primaryReadiness(stage, primary, blank.nowMs) : notThere,
    },
    scenery: {
      services: services.services,
      primary: configProblem && !primary ? { problem: `createPrimaryDeployment failed: ${configProblem}` } : "good",
      scaler: stage.scaler ? lookOf(stage, () => scalerPart(stage)) : "good",
      apex: services.apex,
      routes: routes.look,
    },
    routes: routes.split,
  }
  return { snapshot, notices: services.notices }
}

/** A primary that is about to go is not one to rely on. */
function primaryReadiness({ canary, target }: Stage, primary: KubeObject, nowMs: number): Readiness {
  const owner = controllerOf(primary)
  const isGoing = primary.metadata.deletionTimestamp !== undefined
  const { name: canaryName, uid } = canary.metadata
  const isOrphan = owner?.kind === "Canary" && owner.name === canaryName && uid !== undefined && owner.uid !== uid
  if (!isGoing && !isOrphan) return target.readiness(canary, primary, "primary", nowMs)
  const { name, namespace } = primary.metadata
  return {
    ready: false,
    retriable: true,
    why: `${name}.${namespace} not ready: it is being deleted with an earlier canary`,
  }
}

/** What routers read of a canary besides its spec. */
const routingInputs = ({ metadata, status = {} }: Canary): unknown[] => [
  JSON.stringify(metadata.annotations),
  status.iterations,
  status.canaryWeight,
  status.phase,
  status.sessionAffinityCookie,
  status.previousSessionAffinityCookie,
  status.primarySessionAffinityCookie,
]

function targetSeen(stage: Stage, primary: KubeObject | undefined, nowMs: number, memo: Memo): TargetSeen {
  const { canary, target, workload, configs, configProblem } = stage
  const { uid, generation } = workload.metadata
  const revision = memo("revision", [uid, generation], () => target.revision(workload))
  const { lastAppliedSpec, lastPromotedSpec } = canary.status ?? {}
  const takenOver = isForeignRevision(lastAppliedSpec) || isForeignRevision(lastPromotedSpec)
  const sums = configs && Object.fromEntries(configs.map((config) => [configKey(config), config.checksum]))
  return {
    kind: workload.kind,
    revision,
    readiness: target.readiness(canary, workload, "canary", nowMs),
    atZero: target.isAtZero(workload),
    // What cannot be compared counts as unchanged.
    configs: configProblem ? canary.status?.trackedConfigs : sums,
    ...(configProblem ? { problem: configProblem } : {}),
    ...(takenOver && primary
      ? {
          runsOnPrimary: target.samePods(
            canary,
            { target: workload, primary, configs: configs ?? [], id: primaryId(canary, revision, sums) },
            stage.targetSettings,
          ),
        }
      : {}),
  }
}

function lookOf({ found }: Stage, part: () => Wanted[]): Look {
  try {
    return part().some((wanted) => differs(found.get(refOf(wanted.object)), wanted)) ? "differs" : "good"
  } catch (error) {
    return { problem: textOf(error) }
  }
}

/** An A/B test whose requests the router cannot tell apart is refused before it begins. */
function unroutable(stage: Stage): string | undefined {
  if (strategyOf(stage.canary.spec.analysis) !== "ab-testing" || isPlain(stage.routerName)) return undefined
  try {
    routesPart(stage, allToCanary)
    return undefined
  } catch (error) {
    return textOf(error)
  }
}

const notThere: Readiness = { ready: false, retriable: true, why: "the primary does not exist yet" }
const unseen = {
  plain: false,
  can: { mirror: "no", sticky: false, stickyPrimary: false },
  primary: { exists: false, readiness: notThere },
  scenery: { services: "good", primary: "good", scaler: "good", apex: "good", routes: "good" },
  routes: { primary: 100, canary: 0, mirrored: false },
} as const

const missingTarget = ({ spec: { targetRef }, metadata }: Canary): string => {
  const kind = targetRef.kind.toLowerCase()
  return `${kind} ${targetRef.name}.${metadata.namespace} get query error: ${kind}s.apps "${targetRef.name}" not found`
}
const takenBy = (canary: Canary, holder: Canary): string =>
  `target ${canary.spec.targetRef.name}.${namespaceOf(canary)} already belongs to canary ${holder.metadata.name}: delete one of the two`

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
