import type { Container, ContainerState, ContainerStatus } from "kubernetes-types/core/v1.js"
import { isSidecar, type Pod } from "./pod.ts"
import type { ContainerView } from "./status.ts"

/** The containers of a pod before anything runs, init containers first. What its status tells of them has ended with its node. */
export function viewsOf({ spec, status }: Pod): ContainerView[] {
  const { containers, initContainers = [] } = spec
  const before = [...(status?.containerStatuses ?? []), ...(status?.initContainerStatuses ?? [])]
  const reason = initContainers.length > 0 ? "PodInitializing" : "ContainerCreating"
  const viewOf = (container: Container, isInit: boolean): ContainerView => ({
    spec: container,
    isInit,
    started: false,
    ready: false,
    ...pastOf(
      before.find(({ name }) => name === container.name),
      isInit && !isSidecar(container),
      reason,
    ),
  })
  return [
    ...initContainers.map((container) => viewOf(container, true)),
    ...containers.map((container) => viewOf(container, false)),
  ]
}

type Past = Pick<ContainerView, "state" | "lastState" | "restartCount" | "containerID">

function pastOf(before: ContainerStatus | undefined, isStep: boolean, reason: string): Past {
  const waiting = { waiting: { reason } }
  if (!before) return { state: waiting, lastState: {}, restartCount: 0, containerID: "" }
  const { restartCount, containerID = "", lastState = {}, state = {} } = before
  const ended = state.running ? lost(containerID) : state
  // What it had prepared is gone.
  if (isStep && ended.terminated) return { state: waiting, lastState: ended, restartCount, containerID }
  return { state: ended, lastState, restartCount, containerID }
}

const lost = (containerID: string): ContainerState => ({
  terminated: {
    exitCode: 137,
    reason: "ContainerStatusUnknown",
    message: "The container could not be located when the pod was terminated",
    containerID,
  },
})
