import type { KubeObject } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { type ChangeType, type Clock, type Cluster, timeText } from "../contract.ts"
import { HOST_IP, NODE, registerNode } from "./node.ts"
import { isSidecar, type Pod, podKind, podRef } from "./pod.ts"
import { type ContainerView, hasEnded, statusOf } from "./status.ts"
import { viewsOf } from "./views.ts"

const readyAnnotation = "rig/ready"

/**
 * A kubelet without processes: pods of the node run as soon as they are there, and end as soon as they are deleted. The
 * annotation `rig/ready: "false"` keeps one from being ready.
 */
export function startPretendKubelet({ cluster, clock }: { cluster: Cluster; clock: Clock }): { stop(): void } {
  function onPod(type: ChangeType, object: KubeObject): void {
    const pod = object as Pod
    if (type === "DELETED" || pod.spec.nodeName !== NODE) return
    try {
      if (pod.metadata.deletionTimestamp) cluster.delete(podRef(pod), { gracePeriodSeconds: 0, uid: pod.metadata.uid })
      else if (!hasEnded(pod) && isReady(pod) !== wantsReady(pod)) run(pod)
    } catch (error) {
      // Somebody was faster; the watch tells what there is.
      if (!(error instanceof ApiError)) throw error
    }
  }

  function run(pod: Pod): void {
    const startMs = Date.parse(String(pod.status?.startTime ?? "")) || clock.now()
    const containers = viewsOf(pod).map((view) => running(view, wantsReady(pod), startMs))
    const known = { pod, containers, ip: "127.0.0.1", hostIP: HOST_IP, canStart: true, startMs, isOver: false }
    cluster.update({ ...pod, status: statusOf(known, clock.now()) }, "status")
  }

  registerNode({ cluster, clock })
  return { stop: cluster.watch(podKind, onPod) }
}

const wantsReady = ({ metadata }: Pod): boolean => metadata.annotations?.[readyAnnotation] !== "false"

function isReady({ status }: Pod): boolean | undefined {
  const ready = status?.conditions?.find(({ type }) => type === "Ready")
  return ready && ready.status === "True"
}

function running(view: ContainerView, ready: boolean, startMs: number): ContainerView {
  const containerID = `process://${view.spec.name}`
  if (!view.isInit || isSidecar(view.spec)) {
    return { ...view, state: { running: { startedAt: timeText(startMs) } }, started: true, ready, containerID }
  }
  const at = timeText(startMs)
  const terminated = { exitCode: 0, reason: "Completed", startedAt: at, finishedAt: at, containerID }
  return { ...view, state: { terminated }, ready: true, containerID }
}
