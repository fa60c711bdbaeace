import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, invalid, required, unsupported } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { oneOf, textProblems } from "../checks.ts"
import { age, name, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { selectorProblems } from "../label-selector.ts"
import { parseQuantity } from "../quantity.ts"
import { subdomain } from "../text-rules.ts"

type Fields = KubeObject["spec"]

const PROTECTION = "kubernetes.io/pvc-protection"

const claim: Rules = {
  generationCounts: null,
  defaults({ spec, status }) {
    spec.volumeMode ??= "Filesystem"
    if (status) status.phase ??= "Pending"
  },
  beforeCreate(object) {
    const { metadata } = object
    metadata.finalizers = [...new Set([...(metadata.finalizers ?? []), PROTECTION])]
    object["status"] = { phase: "Pending" }
  },
  problems: (object, old) => [...claimProblems(object["spec"]), ...(old ? claimUpdateProblems(object, old) : [])],
}

const accessModes = ["ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"]

function claimProblems({
  accessModes: modes = [],
  selector,
  resources,
  storageClassName,
  volumeMode,
}: Fields): FieldProblem[] {
  const path = "spec.accessModes"
  const size = resources.requests?.storage
  const sizePath = "spec.resources[storage]"
  return [
    ...(modes.length > 0 ? [] : [required(path, "at least 1 access mode is required")]),
    ...selectorProblems("spec.selector", selector),
    ...modes.flatMap((mode: string) => (accessModes.includes(mode) ? [] : [unsupported(path, mode, accessModes)])),
    ...(modes.includes("ReadWriteOncePod") && modes.length > 1
      ? [forbidden(path, "may not use ReadWriteOncePod with other access modes")]
      : []),
    ...(size === undefined ? [required(sizePath)] : []),
    ...(size !== undefined && parseQuantity(size) <= 0 ? [invalid(sizePath, size, "must be greater than zero")] : []),
    ...(storageClassName ? textProblems("spec.storageClassName", storageClassName, subdomain) : []),
    ...oneOf("spec.volumeMode", volumeMode, ["Block", "Filesystem"]),
  ]
}

function claimUpdateProblems({ spec, status }: KubeObject, old: KubeObject): FieldProblem[] {
  const before = old["spec"]
  const isBound = status?.phase === "Bound"
  const fixed = ({ volumeName, resources, volumeAttributesClassName, ...rest }: Fields) => ({
    ...rest,
    ...(before.volumeName ? { volumeName } : {}),
    ...(isBound ? {} : { resources, volumeAttributesClassName }),
  })
  if (isDeepStrictEqual(fixed(spec), fixed(before))) return []
  const detail =
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
  return [forbidden("spec", detail)]
}

/** As in RWO,RWX. */
const modesText = (modes: readonly string[] = []): string =>
  Object.entries({ ReadWriteOnce: "RWO", ReadOnlyMany: "ROX", ReadWriteMany: "RWX", ReadWriteOncePod: "RWOP" })
    .filter(([mode]) => modes.includes(mode))
    .map(([, short]) => short)
    .join(",")

export const claims = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "PersistentVolumeClaim",
    plural: "persistentvolumeclaims",
    shortNames: ["pvc"],
    columns: [
      name,
      text("Status", "Whether it has its storage.", ({ metadata, status }) =>
        metadata.deletionTimestamp ? "Terminating" : status?.phase,
      ),
      text("Volume", "The storage it has.", ({ spec }) => spec.volumeName ?? ""),
      text("Capacity", "How much storage it has.", ({ spec, status }) =>
        spec.volumeName ? (status?.capacity?.storage ?? "0") : "",
      ),
      text("Access Modes", "Who may write to it.", ({ spec, status }) =>
        spec.volumeName ? modesText(status?.accessModes) : "",
      ),
      text("StorageClass", "The kind of storage.", ({ spec }) => spec.storageClassName ?? ""),
      text(
        "VolumeAttributesClass",
        "How the storage behaves.",
        ({ spec }) => spec.volumeAttributesClassName ?? "<unset>",
      ),
      age,
      wide(text("VolumeMode", "Whether there are files in it.", ({ spec }) => spec.volumeMode ?? "<unset>")),
    ],
    rules: claim,
  }),
]
