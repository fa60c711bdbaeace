import type { ObjectRef } from "#api/objects.ts"
import type { Caches, KubeApi } from "#kube/contract.ts"

export interface Cluster {
  api: KubeApi
  /** `blindTo` says why nothing can be concluded from an object of a kind not being held. */
  caches: Caches & { blindTo?(apiVersion: string, kind: string): string | undefined }
}

/** The cluster with the workloads, and the one with the routing objects; usually the same. */
export interface Clusters {
  main: Cluster
  mesh: Cluster
}

export const isOneCluster = ({ main, mesh }: Clusters): boolean => main.api.host === mesh.api.host

/** Routing objects of meshes and gateways live in the mesh cluster; what Kubernetes and Knative bring lives beside the workload. */
export function clusterOf(clusters: Clusters, ref: ObjectRef): Cluster {
  const [group] = ref.apiVersion.includes("/") ? ref.apiVersion.split("/") : [""]
  return besideWorkloads.has(group!) ? clusters.main : clusters.mesh
}

const besideWorkloads = new Set([
  "",
  "apps",
  "autoscaling",
  "keda.sh",
  "networking.k8s.io",
  "serving.knative.dev",
  "flagger.app",
])
