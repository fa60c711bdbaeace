const versions = {
  configmaps: "v1",
  events: "v1",
  pods: "v1",
  secrets: "v1",
  services: "v1",
  daemonsets: "apps/v1",
  deployments: "apps/v1",
  replicasets: "apps/v1",
  statefulsets: "apps/v1",
  localsubjectaccessreviews: "authorization.k8s.io/v1",
  horizontalpodautoscalers: "autoscaling/v2",
  cronjobs: "batch/v1",
  jobs: "batch/v1",
  leases: "coordination.k8s.io/v1",
  endpointslices: "discovery.k8s.io/v1",
  ingresses: "networking.k8s.io/v1",
  poddisruptionbudgets: "policy/v1",
  rolebindings: "rbac.authorization.k8s.io/v1",
  roles: "rbac.authorization.k8s.io/v1",
}
type BuiltIn = keyof typeof versions

/** Where a resource is: of one object when it is named, and of one aspect of it. */
export function pathTo(apiVersion: string, plural: string, { namespace, name, part }: Place = {}): string {
  const root = apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const home = namespace ? `${root}/namespaces/${namespace}` : root
  return [home, plural, name, part].filter(Boolean).join("/")
}

interface Place {
  namespace?: string
  name?: string
  part?: string
}

/** The paths of one namespace. */
export interface Space {
  name: string
  at(plural: BuiltIn, name?: string, part?: string): string
  /** The same for kinds that are not built in. */
  of(apiVersion: string, plural: string, name?: string, part?: string): string
}

export const spaceOf = (namespace: string): Space => ({
  name: namespace,
  at: (plural, name, part) => pathTo(versions[plural], plural, { namespace, name, part }),
  of: (apiVersion, plural, name, part) => pathTo(apiVersion, plural, { namespace, name, part }),
})
