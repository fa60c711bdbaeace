import type { KubeObject } from "#api/objects.ts"
import { type Cluster, Refused } from "./client.ts"

const node = { apiVersion: "v1", kind: "Node", name: "rig" }
const WORKERS = 16

/**
 * Stands in for scheduler and kubelet: every pod runs, and is ready unless its annotation rig/ready is "false".
 * One node exists, for DaemonSets. Works until the signal.
 */
export async function startKubelet(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const waiting = new Map<string, KubeObject>()
  let working = 0

  async function work(): Promise<void> {
    for (const [key, pod] of waiting) {
      waiting.delete(key)
      await treat(cluster, pod).catch((error: unknown) => {
        // Somebody was faster; the watch brings the pod again if it is still there.
        if (error instanceof Refused || signal.aborted) return
        throw error
      })
    }
    working--
  }

  function seen(type: string, pod: KubeObject): void {
    const key = `${pod.metadata.namespace}/${pod.metadata.name}`
    if (type === "DELETED") waiting.delete(key)
    else waiting.set(key, pod)
    if (waiting.size === 0 || working === WORKERS) return
    working++
    void work()
  }

  await registerNode(cluster)
  void cluster.watch({ apiVersion: "v1", kind: "Pod" }, seen, signal)
}

async function registerNode(cluster: Cluster): Promise<void> {
  const { name, ...kind } = node
  await cluster.create({ ...kind, metadata: { name, labels: { "kubernetes.io/hostname": name } } })
  const room = { cpu: "1000", memory: "1000Gi", pods: "100000" }
  const ready = { type: "Ready", status: "True", reason: "rig", message: "", lastTransitionTime: timeText() }
  await cluster.patch(node, { status: { allocatable: room, capacity: room, conditions: [ready] } }, "status")
}

async function treat(cluster: Cluster, pod: KubeObject): Promise<void> {
  const { name, namespace, annotations, deletionTimestamp } = pod.metadata
  const ref = { apiVersion: "v1", kind: "Pod", namespace, name }
  if (deletionTimestamp) return cluster.delete(ref)
  const ready = annotations?.["rig/ready"] !== "false"
  if (isReady(pod) === ready) return
  await cluster.patch(ref, { status: running(pod, ready) }, "status")
}

function isReady({ status }: KubeObject): boolean | undefined {
  const condition = status?.conditions?.find(({ type }: { type: string }) => type === "Ready")
  return condition && condition.status === "True"
}

function running({ spec }: KubeObject, ready: boolean) {
  const startedAt = timeText()
  const condition = (type: string, holds: boolean) => ({
    type,
    status: holds ? "True" : "False",
    lastTransitionTime: startedAt,
  })
  return {
    phase: "Running",
    podIP: "10.1.0.1",
    startTime: startedAt,
    conditions: [
      condition("PodScheduled", true),
      condition("Initialized", true),
      condition("ContainersReady", ready),
      condition("Ready", ready),
    ],
    containerStatuses: spec.containers.map(({ name, image }: { name: string; image: string }) => ({
      name,
      image,
      imageID: "",
      ready,
      started: true,
      restartCount: 0,
      state: { running: { startedAt } },
    })),
  }
}

const timeText = (): string => `${new Date().toISOString().slice(0, 19)}Z`
