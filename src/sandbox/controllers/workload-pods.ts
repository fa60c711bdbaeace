import { type KubeObject, type Metadata, refOf } from "#api/objects.ts"
import { ApiError } from "#kube/contract.ts"
import { pods } from "./kinds.ts"
import { controlledBy, isOfEndingNamespace, type World } from "./world.ts"

/** What a pod gets beside what its template says. */
export interface PodExtras {
  /** Of the controller, for events. */
  by: string
  /** Otherwise a generated one. */
  name?: string
  labels?: Record<string, string>
  annotations?: Record<string, string>
  finalizers?: string[]
  spec?: object
}

export interface PodTemplate {
  metadata?: Partial<Metadata>
  spec: object
}

const LONGEST_PREFIX = 58

/** Makes a pod from a template; nothing where the namespace is going away. */
export function createPod(
  world: World,
  owner: KubeObject,
  template: PodTemplate,
  extras: PodExtras,
): KubeObject | undefined {
  const { by, name, labels, annotations, finalizers = [], spec } = extras
  const { metadata = {} } = template
  const allFinalizers = [...(metadata.finalizers ?? []), ...finalizers]
  const namespace = owner.metadata.namespace!
  try {
    const pod = world.cluster.create({
      ...pods,
      metadata: {
        ...(name ? { name } : { generateName: `${owner.metadata.name.slice(0, LONGEST_PREFIX)}-` }),
        namespace,
        labels: { ...metadata.labels, ...labels },
        annotations: { ...metadata.annotations, ...annotations },
        ...(allFinalizers.length > 0 ? { finalizers: allFinalizers } : {}),
        ownerReferences: [controlledBy(owner)],
      } as unknown as Metadata,
      spec: { ...template.spec, ...spec },
    })
    world.tell(owner, { by, reason: "SuccessfulCreate", message: `Created pod: ${pod.metadata.name}` })
    return pod
  } catch (error) {
    if (isOfEndingNamespace(world, error, namespace)) return undefined
    world.tell(owner, { by, type: "Warning", reason: "FailedCreate", message: `Error creating: ${textOf(error)}` })
    throw error
  }
}

export function deletePod({ cluster, tell }: World, owner: KubeObject, pod: KubeObject, by: string): void {
  try {
    cluster.delete(refOf(pod), { uid: pod.metadata.uid! })
    tell(owner, { by, reason: "SuccessfulDelete", message: `Deleted pod: ${pod.metadata.name}` })
  } catch (error) {
    // Another pod of the same name took its place.
    if (error instanceof ApiError && error.status === 409) return
    tell(owner, { by, type: "Warning", reason: "FailedDelete", message: `Error deleting: ${textOf(error)}` })
    throw error
  }
}

export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
