import type {
  Container,
  ContainerState,
  ContainerStateTerminated,
  PodCondition,
  PodStatus,
} from "kubernetes-types/core/v1.js"
import { timeText } from "../contract.ts"
import { isSidecar, type Pod } from "./pod.ts"

/** What is known of one container. */
export interface ContainerView {
  spec: Container
  isInit: boolean
  state: ContainerState
  lastState: ContainerState
  restartCount: number
  /** Its startup probe has passed, or it has none and runs. */
  started: boolean
  ready: boolean
  containerID: string
}

export interface PodView {
  pod: Pod
  containers: readonly ContainerView[]
  ip?: string
  hostIP: string
  /** Its volumes are there. */
  canStart: boolean
  startMs: number
  /** Nothing of it is started again. */
  isOver: boolean
  /** Why it was ended as a whole. */
  failure?: { reason: string; message: string }
}

const endings = new Set(["Succeeded", "Failed"])

export type RestartPolicy = "Always" | "OnFailure" | "Never"

export function restartPolicyOf({ spec, isInit }: ContainerView, pod: Pod): RestartPolicy {
  if (isInit && isSidecar(spec)) return "Always"
  const policy = (pod.spec.restartPolicy ?? "Always") as RestartPolicy
  return isInit && policy === "Always" ? "OnFailure" : policy
}

export const hasEnded = ({ status }: Pod): boolean => endings.has(status?.phase ?? "")

/** What a kubelet writes into the status of a pod. Conditions of others stay. */
export function statusOf(view: PodView, nowMs: number): PodStatus {
  const { pod, containers, ip, hostIP, failure } = view
  const phase = phaseOf(view)
  const before = pod.status
  const list = (isInit: boolean) => containers.filter((container) => container.isInit === isInit).map(containerStatus)
  return {
    ...(before?.qosClass ? { qosClass: before.qosClass } : {}),
    phase,
    ...failure,
    conditions: conditionsOf(view, phase, nowMs),
    hostIP,
    hostIPs: [{ ip: hostIP }],
    ...(ip ? { podIP: ip, podIPs: [{ ip }] } : {}),
    startTime: timeText(view.startMs),
    ...(containers.some(({ isInit }) => isInit) ? { initContainerStatuses: list(true) } : {}),
    containerStatuses: list(false).sort((a, b) => (a.name < b.name ? -1 : 1)),
  }
}

function containerStatus({ spec, state, lastState, ready, restartCount, containerID, started }: ContainerView) {
  const image = spec.image ?? ""
  const seen = { name: spec.name, state, lastState, ready, restartCount, image, imageID: containerID ? image : "" }
  return { ...seen, ...(containerID ? { containerID } : {}), started }
}

function conditionsOf(view: PodView, phase: string, nowMs: number): PodCondition[] {
  const { pod } = view
  const old = pod.status?.conditions ?? []
  const ready = readiness(view, phase)
  const own: PodCondition[] = [
    condition("PodReadyToStartContainers", view.canStart && !endings.has(phase)),
    initialization(view, phase),
    { type: "Ready", ...ready },
    { type: "ContainersReady", ...ready },
    condition("PodScheduled", true),
  ]
  return [
    ...own.map((present) => {
      const before = old.find(({ type }) => type === present.type)
      const since = before?.status === present.status ? before.lastTransitionTime : undefined
      const { type, status, ...why } = present
      return { type, status, lastTransitionTime: since ?? timeText(nowMs), ...why }
    }),
    ...old.filter(({ type }) => !own.some((present) => present.type === type)),
  ]
}

const condition = (type: string, holds: boolean): PodCondition => ({ type, status: holds ? "True" : "False" })

function readiness({ containers }: PodView, phase: string): Omit<PodCondition, "type"> {
  if (phase === "Succeeded") return { status: "False", reason: "PodCompleted" }
  if (phase === "Failed") return { status: "False", reason: "PodFailed" }
  const unready = containers.filter(({ spec, isInit, ready }) => (!isInit || isSidecar(spec)) && !ready)
  if (unready.length === 0) return { status: "True" }
  return { status: "False", reason: "ContainersNotReady", message: `containers with unready status: ${names(unready)}` }
}

function initialization({ containers }: PodView, phase: string): PodCondition {
  if (phase === "Succeeded") return { ...condition("Initialized", true), reason: "PodCompleted" }
  const incomplete = containers.filter(
    ({ spec, isInit, ready, started }) => isInit && !(isSidecar(spec) ? started : ready),
  )
  if (incomplete.length === 0 || containers.some((container) => !container.isInit && hasStarted(container)))
    return condition("Initialized", true)
  const message = `containers with incomplete status: ${names(incomplete)}`
  return { ...condition("Initialized", false), reason: "ContainersNotInitialized", message }
}

const names = (containers: ContainerView[]): string => `[${containers.map(({ spec }) => spec.name).join(" ")}]`

const hasStarted = ({ state, lastState }: ContainerView): boolean =>
  Boolean(state.running ?? state.terminated ?? lastState.terminated)

function phaseOf({ containers, pod, isOver, failure }: PodView): string {
  if (failure) return "Failed"
  const init = containers.filter(({ isInit, spec }) => isInit && !isSidecar(spec))
  const main = containers.filter(({ isInit }) => !isInit)
  if (init.some((container) => hasFailedForGood(container, pod))) return "Failed"
  if (!main.every(hasStarted)) return "Pending"
  if (main.some(({ state }) => state.running) || !isOver) return "Running"
  return main.every((container) => endOf(container)?.exitCode === 0) ? "Succeeded" : "Failed"
}

const hasFailedForGood = ({ state }: ContainerView, { spec }: Pod): boolean =>
  spec.restartPolicy === "Never" && (state.terminated?.exitCode ?? 0) !== 0

const endOf = ({ state, lastState }: ContainerView): ContainerStateTerminated | undefined =>
  state.terminated ?? (state.waiting ? lastState.terminated : undefined)
