import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { claimed } from "../claim.ts"
import { withCondition } from "../conditions.ts"
import { isEnding } from "../kinds.ts"
import type { Children } from "../lookup.ts"
import { conditionOf, isOver } from "../pods.ts"
import { textOf } from "../workload-pods.ts"
import { isOfEndingNamespace, nowText, patchSeen, type World } from "../world.ts"
import {
  desiredBefore,
  expired,
  type Lineage,
  lineageOf,
  maxBefore,
  missingAnnotations,
  newReplicaSet,
  nextRevision,
  REVISION,
  sizeAnnotations,
} from "./revisions.ts"
import { limitsOf, proportionalSizes, rollingSizes, type Sized, type Sizes, sizeOfLatest } from "./sizes.ts"
import {
  at,
  deadlineSeconds,
  type DeploymentStatus,
  isComplete,
  nextDeadline,
  observedStatus,
  rolloutStatus,
} from "./status.ts"

const by = "deployment-controller"

/** One look at one deployment. */
interface Look {
  world: World
  /** As it is known so far, with the conditions that are to be written. */
  deployment: KubeObject
  lineage: Lineage
}

export function reconcile(world: World, found: KubeObject, children: Children): void | { againInMs: number } {
  const sets = claimed(world, found, children)
  const look: Look = { world, deployment: found, lineage: lineageOf(found, sets) }
  if (isEnding(found)) return write(look, found, observedStatus(found, look.lineage, nowText(world)))
  notePause(look)
  renewLatest(look)
  return write(look, found, advance(look))
}

/** Takes the next step, and tells how things are. */
function advance(look: Look): DeploymentStatus {
  const { world, deployment, lineage } = look
  const { paused, strategy } = deployment["spec"]
  if (paused || isOtherSize(look)) {
    spread(look)
    if (paused) cleanUp(look)
    return observedStatus(look.deployment, lineage, nowText(world))
  }
  const isDone = strategy?.type === "Recreate" ? recreate(look) : roll(look)
  const status = rolloutStatus(look.deployment, look.lineage, world.clock.now(), nowText(world))
  if (isDone && isComplete(deployment, status)) cleanUp(look)
  return status
}

/** Pods come and go as the limits allow. True when nothing had to be resized. */
function roll(look: Look): boolean {
  const { world, lineage } = look
  const limits = limitsOf(look.deployment)
  if (!lineage.latest)
    createLatest(look, sizeOfLatest(limits, { name: "", size: 0, available: 0 }, lineage.old.map(sized)))
  if (!lineage.latest) return false
  const sizes = rollingSizes(limits, sized(lineage.latest), lineage.old.map(sized))
  resize(world, look, sizes)
  return sizes.size === 0
}

/** The old pods have to be gone before the new ones come. */
function recreate(look: Look): boolean {
  const { world, deployment, lineage } = look
  const running = lineage.old.filter(({ spec }) => spec.replicas > 0)
  if (running.length > 0) {
    resize(world, look, new Map(running.map(({ metadata }) => [metadata.name, 0])))
    return false
  }
  if (lineage.old.some((set) => world.pods.controlledBy(set).some((pod) => !isOver(pod)))) return false
  const { replicas = 1 } = deployment["spec"]
  if (!lineage.latest) createLatest(look, replicas)
  else resize(world, look, new Map([[lineage.latest.metadata.name, replicas]]))
  return true
}

/** Somebody scaled the deployment since its ReplicaSets got their sizes. */
function isOtherSize({ deployment, lineage }: Look): boolean {
  const { replicas = 1 } = deployment["spec"]
  return active(lineage).some((set) => (desiredBefore(set) ?? replicas) !== replicas)
}

/** Another size for all, without hurrying an update along. */
function spread(look: Look): void {
  const { world, deployment, lineage } = look
  const limits = limitsOf(deployment)
  const activeSets = active(lineage)
  const only = activeSets.length > 1 ? undefined : (activeSets[0] ?? lineage.latest ?? lineage.old.at(-1))
  if (only) return resize(world, look, new Map([[only.metadata.name, limits.replicas]]), [only])
  if (activeSets.length === 0) return
  if (isSaturated(lineage.latest, limits.replicas)) {
    const rest = activeSets.filter((set) => set !== lineage.latest)
    return resize(world, look, new Map(rest.map(({ metadata }) => [metadata.name, 0])), activeSets)
  }
  if (deployment["spec"].strategy?.type === "Recreate") return resize(world, look, new Map(), activeSets)
  const newestFirst = activeSets.toReversed().map((set) => ({ ...sized(set), maxBefore: maxBefore(set) }))
  resize(world, look, proportionalSizes(limits, newestFirst, deployment["status"]?.replicas ?? 0), activeSets)
}

const isSaturated = (latest: KubeObject | undefined, replicas: number): boolean =>
  latest?.["spec"].replicas === replicas &&
  desiredBefore(latest) === replicas &&
  (latest["status"]?.availableReplicas ?? 0) === replicas

/** Oldest first. */
const active = ({ latest, old }: Lineage): KubeObject[] =>
  [...old, ...(latest ? [latest] : [])].filter(({ spec }) => spec.replicas > 0)

const sized = ({ metadata, spec, status }: KubeObject): Sized => ({
  name: metadata.name,
  size: spec.replicas,
  available: status?.availableReplicas ?? 0,
})

/** Gives ReplicaSets their new sizes; those in `noted` also get noted what all of the deployment is to be. */
function resize(world: World, look: Look, sizes: Sizes, noted: readonly KubeObject[] = []): void {
  const notes = sizeAnnotations(limitsOf(look.deployment))
  for (const set of [...look.lineage.old, ...(look.lineage.latest ? [look.lineage.latest] : [])]) {
    const from = set["spec"].replicas
    const to = sizes.get(set.metadata.name) ?? from
    const isNoted = Object.entries(notes).every(([key, value]) => set.metadata.annotations?.[key] === value)
    if (from === to && (isNoted || !noted.includes(set))) continue
    exchange(look, set, patchSeen(world, set, { annotations: notes }, { spec: { replicas: to } }))
    if (from !== to) tellScaling(look, set.metadata.name, from, to)
  }
}

function exchange({ lineage }: Look, before: KubeObject, after: KubeObject): void {
  if (lineage.latest === before) lineage.latest = after
  else lineage.old = lineage.old.map((set) => (set === before ? after : set))
}

function tellScaling({ world, deployment }: Look, name: string, from: number, to: number): void {
  const message = `Scaled ${to > from ? "up" : "down"} replica set ${name} from ${from} to ${to}`
  world.tell(deployment, { by, reason: "ScalingReplicaSet", message })
}

/** The ReplicaSet of the present template carries the newest revision and what users annotate the deployment with. */
function renewLatest(look: Look): void {
  const { world, lineage } = look
  const { latest, old } = lineage
  if (!latest) return
  const annotations = missingAnnotations(look.deployment, latest, old)
  const { minReadySeconds = 0 } = look.deployment["spec"]
  if (Object.keys(annotations).length > 0 || (latest["spec"].minReadySeconds ?? 0) !== minReadySeconds) {
    exchange(look, latest, patchSeen(world, latest, { annotations }, { spec: { minReadySeconds } }))
  }
  noteRevision(look, lineage.latest!.metadata.annotations![REVISION]!)
  if (deadlineSeconds(look.deployment) === undefined || conditionOf(look.deployment, "Progressing")) return
  noteProgress(look, "True", "FoundNewReplicaSet", `Found new replica set "${latest.metadata.name}"`)
}

function createLatest(look: Look, size: number): void {
  const { world, deployment, lineage } = look
  const wanted = newReplicaSet(deployment, lineage.old, size, limitsOf(deployment))
  const { name, namespace } = wanted.metadata
  try {
    lineage.latest = world.cluster.create(wanted)
  } catch (error) {
    if (isOfEndingNamespace(world, error, namespace!)) return
    if (error instanceof ApiError && error.reason === "AlreadyExists") countCollision(look)
    else tellFailure(look, `Failed to create new replica set "${name}": ${textOf(error)}`)
    throw error
  }
  if (size > 0) tellScaling(look, name, 0, size)
  noteRevision(look, String(nextRevision(lineage.old)))
  noteProgress(look, "True", "NewReplicaSetCreated", `Created new replica set "${name}"`)
}

/** Somebody else's ReplicaSet has the name: with another count of collisions the next one is named differently. */
function countCollision({ world, deployment }: Look): void {
  const collisionCount = (deployment["status"]?.collisionCount ?? 0) + 1
  world.cluster.patch(refOf(deployment), { status: { collisionCount } }, "status")
}

function tellFailure(look: Look, message: string): void {
  const { world, deployment } = look
  world.tell(deployment, { by, type: "Warning", reason: "ReplicaSetCreateError", message })
  noteProgress(look, "False", "ReplicaSetCreateError", message)
  const { conditions } = look.deployment["status"] as DeploymentStatus
  world.cluster.patch(refOf(deployment), { status: { conditions } }, "status")
}

/** Written with the status, because annotations that come with the rest count as a new generation. */
function noteRevision(look: Look, revision: string): void {
  const { metadata } = look.deployment
  look.deployment = {
    ...look.deployment,
    metadata: { ...metadata, annotations: { ...metadata.annotations, [REVISION]: revision } },
  }
}

/** A deployment that is paused makes no progress, and is not blamed for it. */
function notePause(look: Look): void {
  if (deadlineSeconds(look.deployment) === undefined) return
  const present = conditionOf(look.deployment, "Progressing")?.reason
  if (present === "ProgressDeadlineExceeded") return
  const isPaused = Boolean(look.deployment["spec"].paused)
  if (isPaused === (present === "DeploymentPaused")) return
  if (isPaused) noteProgress(look, "Unknown", "DeploymentPaused", "Deployment is paused")
  else noteProgress(look, "Unknown", "DeploymentResumed", "Deployment is resumed")
}

function noteProgress(look: Look, status: string, reason: string, message: string): void {
  if (deadlineSeconds(look.deployment) === undefined) return
  const before: DeploymentStatus = look.deployment["status"] ?? {}
  const condition = at(nowText(look.world))({ type: "Progressing", status, reason, message })
  look.deployment = {
    ...look.deployment,
    status: { ...before, conditions: withCondition(before.conditions, condition) },
  }
}

function cleanUp({ world, deployment, lineage }: Look): void {
  for (const set of expired(lineage.old, deployment["spec"].revisionHistoryLimit)) {
    world.cluster.delete(refOf(set), { uid: set.metadata.uid! })
  }
}

function write({ world, deployment }: Look, found: KubeObject, status: DeploymentStatus): void | { againInMs: number } {
  const isNoted = deployment.metadata.annotations?.[REVISION] === found.metadata.annotations?.[REVISION]
  const isSame = isNoted && isDeepStrictEqual(found["status"], status)
  return nextDeadline(isSame ? found : world.cluster.update({ ...deployment, status }, "status"), world.clock.now())
}
