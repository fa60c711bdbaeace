import type { KubeObject } from "#api/objects.ts"
import type { Column } from "../../apiserver/resource.ts"
import { sinceText } from "../age.ts"
import { age, conditionIsTrue, name, text, wide } from "../columns.ts"

type ContainerStatus = KubeObject["status"]

interface Summary {
  ready: number
  total: number
  restarts: number
  lastRestart: string
  word: string
}

/** What one line can say of a pod: its first obstacle, or that it runs. */
function summaryOf({ metadata, spec, status }: KubeObject): Summary {
  const sidecars = new Set<string>(
    (spec.initContainers ?? []).filter(isSidecar).map((container: ContainerStatus) => container.name),
  )
  const phase = status?.phase ?? ""
  const summary: Summary = {
    ready: 0,
    total: (spec.containers?.length ?? 0) + sidecars.size,
    restarts: 0,
    lastRestart: "",
    word: gatedWord(status) ?? (status?.reason || phase),
  }
  const isStarting = withInitContainers(summary, status, spec.initContainers?.length ?? 0, sidecars)
  if (!isStarting || conditionIsTrue(status?.conditions, "Initialized")) {
    const own = (status?.initContainerStatuses ?? []).filter(({ name }: ContainerStatus) => sidecars.has(name))
    Object.assign(summary, { restarts: 0, lastRestart: "" })
    for (const container of own) countRestarts(summary, container)
    withContainers(summary, status)
  }
  if (metadata.deletionTimestamp && status?.reason === "NodeLost") summary.word = "Unknown"
  else if (metadata.deletionTimestamp && phase !== "Succeeded" && phase !== "Failed") summary.word = "Terminating"
  return summary
}

const isSidecar = ({ restartPolicy }: { restartPolicy?: string }): boolean => restartPolicy === "Always"

const gatedWord = (status: ContainerStatus): string | undefined =>
  status?.conditions?.some(
    ({ type, reason }: ContainerStatus) => type === "PodScheduled" && reason === "SchedulingGated",
  )
    ? "SchedulingGated"
    : undefined

function countRestarts(summary: Summary, { restartCount = 0, lastState }: ContainerStatus): void {
  summary.restarts += restartCount
  const finishedAt = lastState?.terminated?.finishedAt
  if (finishedAt && finishedAt > summary.lastRestart) summary.lastRestart = finishedAt
}

/** Whether some init container has still to end. */
function withInitContainers(summary: Summary, status: ContainerStatus, total: number, sidecars: Set<string>): boolean {
  for (const [place, container] of (status?.initContainerStatuses ?? []).entries()) {
    countRestarts(summary, container)
    if (container.state?.terminated?.exitCode === 0) continue
    if (sidecars.has(container.name) && container.started) {
      if (container.ready) summary.ready++
      continue
    }
    summary.word = `Init:${initWord(container, place, total)}`
    return true
  }
  return false
}

function initWord({ state = {} }: ContainerStatus, place: number, total: number): string {
  if (state.terminated) return endWord(state.terminated)
  const { reason } = state.waiting ?? {}
  return reason && reason !== "PodInitializing" ? reason : `${place}/${total}`
}

function endWord({ reason, signal, exitCode }: ContainerStatus): string {
  return reason || (signal ? `Signal:${signal}` : `ExitCode:${exitCode}`)
}

function withContainers(summary: Summary, status: ContainerStatus): void {
  let isRunning = false
  let failure = ""
  for (const container of (status?.containerStatuses ?? []).toReversed()) {
    countRestarts(summary, container)
    const { waiting, terminated, running } = container.state ?? {}
    if (waiting?.reason) summary.word = waiting.reason
    else if (terminated) {
      summary.word = endWord(terminated)
      if (terminated.exitCode !== 0) failure = summary.word
    } else if (container.ready && running) {
      isRunning = true
      summary.ready++
    }
  }
  if (summary.word !== "Completed") return
  if (isRunning && conditionIsTrue(status?.conditions, "Ready")) summary.word = "Running"
  else if (failure) summary.word = failure
  else if (isRunning) summary.word = "NotReady"
}

function restartsText({ restarts, lastRestart }: Summary, nowMs: number): string {
  return restarts && lastRestart ? `${restarts} (${sinceText(lastRestart, nowMs)} ago)` : `${restarts}`
}

function gatesText({ spec, status }: KubeObject): string {
  const gates: { conditionType: string }[] = spec.readinessGates ?? []
  if (gates.length === 0) return "<none>"
  const open = gates.filter(({ conditionType }) => conditionIsTrue(status?.conditions, conditionType))
  return `${open.length}/${gates.length}`
}

export const podColumns: readonly Column[] = [
  name,
  text("Ready", "How many containers are ready, of how many.", (pod) => {
    const { ready, total } = summaryOf(pod)
    return `${ready}/${total}`
  }),
  text("Status", "What the pod does, or what keeps it from running.", (pod) => summaryOf(pod).word),
  text("Restarts", "How often containers were started again, and when last.", (pod, nowMs) =>
    restartsText(summaryOf(pod), nowMs),
  ),
  age,
  wide(text("IP", "The address of the pod.", ({ status }) => status?.podIPs?.[0]?.ip || "<none>")),
  wide(text("Node", "Where the pod runs.", ({ spec }) => spec.nodeName || "<none>")),
  wide(
    text(
      "Nominated Node",
      "Where the pod will run when others have left.",
      ({ status }) => status?.nominatedNodeName || "<none>",
    ),
  ),
  wide(text("Readiness Gates", "How many more conditions are met, of how many.", gatesText)),
]
