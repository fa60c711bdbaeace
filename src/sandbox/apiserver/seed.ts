import type { KubeObject } from "#api/objects.ts"
import type { Cluster } from "../contract.ts"

const namespace = (name: string): KubeObject => ({ apiVersion: "v1", kind: "Namespace", metadata: { name } })

const rbac = "rbac.authorization.k8s.io"
const everything = [
  { apiGroups: ["*"], resources: ["*"], verbs: ["*"] },
  { nonResourceURLs: ["*"], verbs: ["*"] },
]

const clusterRole = (name: string, rules: object[]): KubeObject => ({
  apiVersion: `${rbac}/v1`,
  kind: "ClusterRole",
  metadata: { name },
  rules,
})

/** What every cluster has from the beginning. */
const objects: readonly KubeObject[] = [
  ...["default", "kube-system", "kube-public", "kube-node-lease"].map(namespace),
  clusterRole("cluster-admin", everything),
  clusterRole("admin", [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }]),
  clusterRole("view", [{ apiGroups: ["*"], resources: ["*"], verbs: ["get", "list", "watch"] }]),
  {
    apiVersion: `${rbac}/v1`,
    kind: "ClusterRoleBinding",
    metadata: { name: "cluster-admin" },
    roleRef: { apiGroup: rbac, kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: rbac, kind: "Group", name: "system:masters" }],
  },
]

export function seed(cluster: Cluster): void {
  for (const object of objects) {
    const { name } = object.metadata
    if (!cluster.get({ apiVersion: object.apiVersion, kind: object.kind, name })) cluster.create(object)
  }
}
