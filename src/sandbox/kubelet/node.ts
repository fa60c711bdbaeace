import { availableParallelism, hostname, release, totalmem } from "node:os"
import { ApiError } from "#kube/contract.ts"
import { version } from "../../version.ts"
import { type Clock, type Cluster, timeText } from "../contract.ts"

/** The one node there is. */
export const NODE = "sandbox"
export const HOST_IP = "127.0.0.1"

const RENEW_MS = 10_000
const ref = { apiVersion: "v1", kind: "Node", name: NODE }

/** Makes the node known, and ready. */
export function registerNode({ cluster, clock }: { cluster: Cluster; clock: Clock }): void {
  const labels = {
    "kubernetes.io/hostname": NODE,
    "kubernetes.io/os": process.platform,
    "kubernetes.io/arch": architecture,
  }
  if (!cluster.get(ref)) {
    const { name, ...kind } = ref
    cluster.create({ ...kind, metadata: { name, labels } })
  }
  cluster.patch(ref, { status: statusAt(timeText(clock.now())) }, "status")
}

const architecture = { x64: "amd64", ia32: "386" }[process.arch as string] ?? process.arch

function statusAt(now: string) {
  const room = { cpu: String(availableParallelism()), memory: `${Math.floor(totalmem() / 1024)}Ki`, pods: "1000" }
  const ready = {
    type: "Ready",
    status: "True",
    reason: "KubeletReady",
    message: "kubelet is posting ready status",
    lastHeartbeatTime: now,
    lastTransitionTime: now,
  }
  return {
    capacity: room,
    allocatable: room,
    conditions: [ready],
    addresses: [
      { type: "InternalIP", address: HOST_IP },
      { type: "Hostname", address: NODE },
    ],
    nodeInfo: {
      machineID: hostname(),
      systemUUID: "",
      bootID: "",
      kernelVersion: release(),
      osImage: `Node.js ${process.version}`,
      containerRuntimeVersion: "process://1",
      kubeletVersion: `v${version}`,
      kubeProxyVersion: "",
      operatingSystem: process.platform,
      architecture,
    },
  }
}

/** Says every few seconds that the node is alive, until the returned function is called. */
export function renewLease({ cluster, clock }: { cluster: Cluster; clock: Clock }): () => void {
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "kube-node-lease", name: NODE }
  let forget = () => {}

  function renew(): void {
    forget = clock.after(RENEW_MS, renew)
    const spec = { holderIdentity: NODE, leaseDurationSeconds: 40, renewTime: microTime(clock.now()) }
    try {
      if (cluster.get(lease)) return void cluster.patch(lease, { spec })
      const { namespace, name, ...kind } = lease
      cluster.create({ ...kind, metadata: { namespace, name }, spec })
    } catch (error) {
      // Nothing depends on it, and its namespace may not be there.
      if (!(error instanceof ApiError)) throw error
    }
  }

  renew()
  return () => forget()
}

const microTime = (ms: number): string => new Date(ms).toISOString().replace("Z", "000Z")
