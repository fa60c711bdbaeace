import { isDeepStrictEqual } from "node:util"
import { type KubeObject, refOf } from "#api/objects.ts"
import type { Everything } from "../garbage/everything.ts"
import { groupOf, isEnding, namespaces } from "../kinds.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import type { Condition } from "../pods.ts"
import { nowText, type World } from "../world.ts"

/** Empties every Namespace that is being deleted, and lets it go when it is empty. */
export function startNamespaceEnd(world: World, everything: Everything): Controller {
  const { cluster, clock, onError } = world
  const controller = startController({
    name: "Namespace",
    cluster,
    clock,
    onError,
    watches: [{ kind: namespaces, keys: (namespace) => (isEnding(namespace) ? [placeOf(namespace)] : []) }],
    reconcile(key) {
      const namespace = cluster.get(refAt(namespaces, key))
      if (namespace && isEnding(namespace)) end(world, everything, namespace)
    },
  })
  everything.onChange((_type, { metadata: { namespace: name } }) => {
    if (!name) return
    const namespace = cluster.get({ ...namespaces, name })
    if (namespace && isEnding(namespace)) controller.wake(placeOf(namespace))
  })
  return controller
}

function end(world: World, everything: Everything, namespace: KubeObject): void {
  const { name } = namespace.metadata
  for (const object of everything.inNamespace(name)) {
    if (!isEnding(object)) world.cluster.delete(refOf(object), { uid: object.metadata.uid! })
  }
  const rest = everything.inNamespace(name)
  if (rest.length > 0) return tellRest(world, namespace, rest)
  const finalizers = ((namespace["spec"]?.finalizers ?? []) as string[]).filter(
    (finalizer) => finalizer !== "kubernetes",
  )
  world.cluster.update({ ...namespace, spec: { ...namespace["spec"], finalizers } })
}

/** Says what the deletion waits for. */
function tellRest(world: World, namespace: KubeObject, rest: readonly KubeObject[]): void {
  const before: Condition[] = namespace["status"]?.conditions ?? []
  const conditions = conditionsFor(rest).map((condition) => {
    const present = before.find(({ type }) => type === condition.type)
    const isSame = present?.status === condition.status
    return { ...condition, lastTransitionTime: (isSame && present?.lastTransitionTime) || nowText(world) }
  })
  if (isDeepStrictEqual(before, conditions)) return
  world.cluster.patch(refOf(namespace), { status: { conditions } }, "status")
}

function conditionsFor(rest: readonly KubeObject[]): Condition[] {
  const kinds = rest.map(({ apiVersion, kind }) => `${kind.toLowerCase()}s.${groupOf(apiVersion)}`)
  const finalizers = rest.flatMap(({ metadata }) => metadata.finalizers ?? [])
  return [
    fine("NamespaceDeletionDiscoveryFailure", "ResourcesDiscovered", "All resources successfully discovered"),
    fine(
      "NamespaceDeletionGroupVersionParsingFailure",
      "ParsedGroupVersions",
      "All legacy kube types successfully parsed",
    ),
    fine(
      "NamespaceDeletionContentFailure",
      "ContentDeleted",
      "All content successfully deleted, may be waiting on finalization",
    ),
    remaining(
      "NamespaceContentRemaining",
      "SomeResourcesRemain",
      `Some resources are remaining: ${counted(kinds, (kind, count) => `${kind} has ${count} resource instances`)}`,
    ),
    finalizers.length === 0
      ? fine("NamespaceFinalizersRemaining", "ContentHasNoFinalizers", "All content-preserving finalizers finished")
      : remaining(
          "NamespaceFinalizersRemaining",
          "SomeFinalizersRemain",
          `Some content in the namespace has finalizers remaining: ${counted(finalizers, (name, count) => `${name} in ${count} resource instances`)}`,
        ),
  ]
}

const fine = (type: string, reason: string, message: string): Condition => ({ type, status: "False", reason, message })
const remaining = (type: string, reason: string, message: string): Condition => ({
  type,
  status: "True",
  reason,
  message,
})

function counted(words: readonly string[], text: (word: string, count: number) => string): string {
  const counts = new Map<string, number>()
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
  return [...counts]
    .map(([word, count]) => text(word, count))
    .toSorted()
    .join(", ")
}
