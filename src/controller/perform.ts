import type { Canary } from "#api/canary.ts"
import { type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { canaryRef, namesOf, namespaceOf } from "#api/release.ts"
import { FINALIZER } from "#core/rollout/leaving.ts"
import { primaryId } from "#core/rollout/run-id.ts"
import type { Action, Part, StatusPatch } from "#core/rollout/step.ts"
import { apply } from "#kube/apply.ts"
import type { Wanted } from "#kube/contract.ts"
import { checksumOf, configCopy } from "#targets/configs.ts"
import type { Copy } from "#targets/contract.ts"
import { restoredApex } from "#targets/services.ts"
import { asSeen, Outrun } from "./as-seen.ts"
import { clusterOf, type Clusters } from "./clusters.ts"
import { configKey, configRef } from "./config-reader.ts"
import { textOf } from "./look.ts"
import { patched } from "./patched.ts"
import {
  apexPart,
  primaryOf,
  primaryScaler,
  repairedRoutes,
  routesPart,
  scalerPart,
  servicesPart,
  type Stage,
} from "./stage.ts"

/** Does one action. Everything here may be done twice. */
export async function perform(
  clusters: Clusters,
  stage: Stage,
  action: Action,
  status: StatusPatch,
  signal: AbortSignal,
): Promise<void> {
  const hands = handsOn(clusters, signal)
  switch (action.do) {
    case "make":
      return make(hands, stage, action.part)
    case "route":
      return hands.applyRoutes(routesPart(withStatus(stage, status), action.to))
    case "stopTarget":
      return stopTarget(hands, stage)
    case "startTarget":
      return startTarget(hands, stage)
    case "pauseScaler":
      return patchScaler(hands, stage, "paused")
    case "resumeScaler":
      return patchScaler(hands, stage, "resumed")
    case "promote":
      return promote(hands, stage)
    case "updateScaler": {
      const wanted = primaryScaler(stage)
      return wanted ? hands.apply([wanted]) : undefined
    }
    case "restoreTarget":
      return restoreTarget(hands, stage)
    case "restoreApex":
      return restoreApex(hands, stage)
    case "restoreRoutes":
      return restoreRoutes(hands, stage)
    case "addFinalizer":
    case "removeFinalizer":
      throw new Error(`${action.do} needs no stage`)
  }
}

type Hands = ReturnType<typeof handsOn>

/** Writes, and shows the caches what was written. */
function handsOn(clusters: Clusters, signal: AbortSignal) {
  const at = (ref: ObjectRef) => clusterOf(clusters, ref)
  return {
    live: async (ref: ObjectRef): Promise<KubeObject | undefined> => {
      const { api, caches } = at(ref)
      const object = await api.get(ref, { signal })
      if (object) caches.wrote(object)
      else caches.gone(ref)
      return object
    },
    fetch: (ref: ObjectRef) => at(ref).api.get(ref, { signal }),
    /** `seen` overrides what the caches hold, for kinds of which they hold metadata only. */
    apply: async (wanted: readonly Wanted[], seen?: KubeObject): Promise<void> => {
      for (const one of wanted) {
        const ref = refOf(one.object)
        const { api, caches } = at(ref)
        caches.wrote((await apply(api, one, seen ?? caches.get(ref), { signal })).object)
      }
    },
    /** Weights are only written over the split they were decided from; when it is another one by now, it is looked at again. */
    applyRoutes: async (wanted: readonly Wanted[]): Promise<void> => {
      for (const one of wanted) {
        const ref = refOf(one.object)
        const { api, caches } = at(ref)
        const write = async () => (await apply(api, one, caches.get(ref), { signal, attempts: 1 })).object
        await asSeen(at(ref), ref, write, signal)
      }
    },
    patch: async (ref: ObjectRef, body: unknown): Promise<void> => {
      const { api, caches } = at(ref)
      caches.wrote(await api.patch(ref, body, { signal }))
    },
    remove: async (ref: ObjectRef): Promise<void> => {
      const { api, caches } = at(ref)
      await api.delete(ref, { signal })
      caches.gone(ref)
    },
  }
}

async function make(hands: Hands, stage: Stage, part: Part): Promise<void> {
  switch (part) {
    case "services":
      return serve(hands, servicesPart(stage))
    case "primary":
      return createPrimary(hands, stage)
    case "scaler":
      return hands.apply(scalerPart(stage))
    case "apex":
      return serve(hands, apexPart(stage))
    case "routes":
      return hands.applyRoutes(repairedRoutes(stage))
  }
}

async function serve(hands: Hands, services: Wanted[]): Promise<void> {
  for (const service of services) {
    try {
      await hands.apply([service])
    } catch (error) {
      const { name, namespace } = service.object.metadata
      throw new Error(`reconcileService failed: service ${name}.${namespace} create error: ${textOf(error)}`, {
        cause: error,
      })
    }
  }
}

async function createPrimary(hands: Hands, stage: Stage): Promise<void> {
  try {
    await copyConfigs(hands, stage)
    const object = stage.target.primary(stage.canary, copyOf(stage), stage.targetSettings)
    await hands.apply([{ object, owned: [] }])
  } catch (error) {
    if (error instanceof Outrun) throw error
    throw new Error(`createPrimaryDeployment failed: ${textOf(error)}`, { cause: error })
  }
}

function copyOf(stage: Stage): Copy {
  const { canary, workload, target, configs = [] } = stage
  const sums = Object.fromEntries(configs.map((config) => [configKey(config), config.checksum]))
  return { target: workload, configs, id: primaryId(canary, target.revision(workload), sums) }
}

/** The sources are read live, too. */
async function copyConfigs(hands: Hands, stage: Stage): Promise<void> {
  if (stage.configProblem) throw new Error(stage.configProblem)
  const namespace = namespaceOf(stage.canary)
  for (const config of stage.configs ?? []) {
    const source = await hands.live(configRef(namespace, config))
    if (!source || checksumOf(source["data"], source["binaryData"]) !== config.checksum) {
      throw new Outrun(`${configKey(config)} changed while it was about to be copied`)
    }
    const existing = await hands.fetch(configRef(namespace, { ...config, name: `${config.name}-primary` }))
    await hands.apply([configCopy(stage.canary, source, existing, stage.targetSettings.includeLabelPrefixes)], existing)
  }
}

/** The target is read live: what is copied must be exactly what was judged. */
async function promote(hands: Hands, stage: Stage): Promise<void> {
  const { canary, target } = stage
  const workload = await hands.live(target.ref(canary))
  if (!workload || target.revision(workload) !== canary.status?.lastAppliedSpec) {
    throw new Outrun(`${target.ref(canary).name} changed while it was about to be promoted`)
  }
  const primary = stage.found.get(target.primaryRef(canary))
  if (!primary) throw new Outrun(`${target.primaryRef(canary).name} is gone`)
  const copy = { ...copyOf({ ...stage, workload }), primary }
  try {
    await copyConfigs(hands, stage)
    await hands.apply([target.promoted(canary, copy, stage.targetSettings)])
  } catch (error) {
    if (error instanceof Outrun) throw error
    const { kind, name, namespace } = target.primaryRef(canary)
    throw new Error(`updating ${kind.toLowerCase()} ${name}.${namespace} template spec failed: ${textOf(error)}`, {
      cause: error,
    })
  }
}

async function stopTarget(hands: Hands, stage: Stage): Promise<void> {
  const { canary, target, found } = stage
  const ref = target.ref(canary)
  const workload = found.get(ref)
  if (!workload || target.isAtZero(workload)) return
  try {
    await hands.patch(ref, target.toZero(workload))
  } catch (error) {
    throw new Error(
      `scaling down canary ${ref.kind.toLowerCase()} ${ref.name}.${ref.namespace} failed: ${textOf(error)}`,
      {
        cause: error,
      },
    )
  }
}

async function startTarget(hands: Hands, stage: Stage): Promise<void> {
  const { canary, target, scaler, found } = stage
  const workload = found.get(target.ref(canary)) ?? stage.workload
  if (!target.isAtZero(workload)) return
  const source = scaler && found.get(scaler.ref(canary))
  const replicas = target.replicas(workload, primaryOf(stage), source && scaler?.minimumReplicas(source))
  await hands.patch(target.ref(canary), target.fromZero(workload, replicas))
}

/** As many replicas as the primary has, since it serves all traffic; never none. */
async function restoreTarget(hands: Hands, stage: Stage): Promise<void> {
  const { canary, target, scaler, found } = stage
  const workload = found.get(target.ref(canary)) ?? stage.workload
  const source = scaler && found.get(scaler.ref(canary))
  const fallback = () => target.replicas(workload, undefined, source && scaler?.minimumReplicas(source))
  const replicas = primaryOf(stage)?.["spec"]?.replicas || fallback()
  if (workload["spec"]?.replicas === replicas) return
  await hands.patch(target.ref(canary), target.fromZero(workload, replicas))
}

async function restoreApex(hands: Hands, stage: Stage): Promise<void> {
  const apex = {
    apiVersion: "v1",
    kind: "Service",
    namespace: namespaceOf(stage.canary),
    name: namesOf(stage.canary).apex,
  }
  const wanted = restoredApex(stage.canary, stage, stage.found.get(apex))
  if (wanted) await hands.apply([wanted])
}

async function restoreRoutes(hands: Hands, stage: Stage): Promise<void> {
  const { write, remove } = stage.router.released(stage.canary, stage.found, stage.routerSettings)
  await hands.apply(write)
  for (const ref of remove) await hands.remove(ref)
}

async function patchScaler(hands: Hands, stage: Stage, to: "paused" | "resumed"): Promise<void> {
  const { canary, scaler, found } = stage
  const source = scaler && found.get(scaler.ref(canary))
  const body = source && scaler[to](source)
  if (body !== undefined) await hands.patch(scaler!.ref(canary), body)
}

/** Routers see the cookies that the status will carry once the step is done. */
function withStatus(stage: Stage, patch: StatusPatch): Stage {
  return { ...stage, canary: patched(stage.canary, patch) }
}

/** Only `metadata.finalizers` is touched, on the version that was seen. */
export async function changeFinalizer(
  { main }: Clusters,
  canary: Canary,
  add: boolean,
  signal: AbortSignal,
): Promise<void> {
  const others = (canary.metadata.finalizers ?? []).filter((name) => name !== FINALIZER)
  const finalizers = add ? [...others, FINALIZER] : others
  const { resourceVersion } = canary.metadata
  const ref = canaryRef(canary)
  await asSeen(main, ref, () => main.api.patch(ref, { metadata: { finalizers, resourceVersion } }, { signal }), signal)
}
