import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { immutable, oneOf } from "../checks.ts"
import { age, count, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"

const storageClass: Rules = {
  generationCounts: null,
  defaults(object) {
    object["reclaimPolicy"] ??= "Delete"
    object["volumeBindingMode"] ??= "Immediate"
  },
  problems: (object, old) => [
    ...(object["provisioner"] ? [] : [required("provisioner")]),
    ...oneOf("reclaimPolicy", object["reclaimPolicy"], ["Delete", "Retain"]),
    ...oneOf("volumeBindingMode", object["volumeBindingMode"], ["Immediate", "WaitForFirstConsumer"]),
    ...(old ? fixedProblems(object, old) : []),
  ],
}

const fixedProblems = (object: KubeObject, old: KubeObject): FieldProblem[] =>
  ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"].flatMap((field) =>
    immutable(field, object[field], old[field]),
  )

const HIGHEST = 1_000_000_000

const priorityClass: Rules = {
  // Nothing in it that counts can change.
  generationCounts: [],
  defaults(object) {
    object["preemptionPolicy"] ??= "PreemptLowerPriority"
  },
  problems: (object, old) => [
    ...(object["value"] > HIGHEST && !object.metadata.name.startsWith("system-")
      ? [forbidden("value", `maximum allowed value of a user defined priority is ${HIGHEST}`)]
      : []),
    ...oneOf("preemptionPolicy", object["preemptionPolicy"], ["PreemptLowerPriority", "Never"]),
    ...(old && old["value"] !== object["value"] ? [forbidden("value", "may not be changed in an update.")] : []),
    ...(old ? immutable("preemptionPolicy", object["preemptionPolicy"], old["preemptionPolicy"]) : []),
  ],
}

/** The name, and whether it is taken where none is named. */
export const nameOrDefault = (annotation: string): typeof name => ({
  ...name,
  cell: ({ metadata }) =>
    metadata.annotations?.[annotation] === "true" ? `${metadata.name} (default)` : metadata.name,
})

export const classes = () => [
  builtInKind({
    group: "storage.k8s.io",
    version: "v1",
    kind: "StorageClass",
    plural: "storageclasses",
    shortNames: ["sc"],
    isClusterWide: true,
    columns: [
      nameOrDefault("storageclass.kubernetes.io/is-default-class"),
      text("Provisioner", "Who makes the storage.", ({ provisioner }) => provisioner),
      text("ReclaimPolicy", "What becomes of it afterwards.", ({ reclaimPolicy }) => reclaimPolicy),
      text("VolumeBindingMode", "When it is made.", ({ volumeBindingMode }) => volumeBindingMode),
      text("AllowVolumeExpansion", "Whether it can grow.", ({ allowVolumeExpansion }) => allowVolumeExpansion ?? false),
      age,
    ],
    rules: storageClass,
  }),
  builtInKind({
    group: "scheduling.k8s.io",
    version: "v1",
    kind: "PriorityClass",
    plural: "priorityclasses",
    shortNames: ["pc"],
    isClusterWide: true,
    columns: [
      name,
      count("Value", "The higher, the more it matters.", ({ value }) => value),
      {
        ...text(
          "Global-Default",
          "Whether pods have it that name none.",
          ({ globalDefault }) => globalDefault ?? false,
        ),
        type: "boolean",
      },
      age,
      text(
        "PreemptionPolicy",
        "Whether its pods may push others out.",
        ({ preemptionPolicy }) => preemptionPolicy ?? "",
      ),
    ],
    rules: priorityClass,
  }),
]
