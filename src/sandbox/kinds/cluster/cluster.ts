import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { invalid } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, notWhen, oneOf } from "../checks.ts"
import { age, name, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"

type Fields = KubeObject["spec"]

const namespace: Rules = {
  generationCounts: null,
  defaults(object) {
    const { metadata } = object
    if (metadata.name) metadata.labels = { ...metadata.labels, "kubernetes.io/metadata.name": metadata.name }
    if (object["status"]) object["status"].phase ??= "Active"
  },
  beforeCreate(object) {
    const finalizers: string[] = object["spec"].finalizers ?? []
    object["spec"].finalizers = finalizers.includes("kubernetes") ? finalizers : [...finalizers, "kubernetes"]
    object["status"] = { phase: "Active" }
  },
  problems: ({ metadata, status }, old) => (old ? phaseProblems(metadata.deletionTimestamp, status?.phase) : []),
  fieldLabels: ({ status }) => ({ "status.phase": status?.phase ?? "" }),
}

function phaseProblems(deletionTimestamp: string | undefined, phase: string | undefined): FieldProblem[] {
  const [right, when] = deletionTimestamp ? ["Terminating", "not empty"] : ["Active", "empty"]
  if (phase === right) return []
  return [invalid("status.Phase", phase ?? "", `may only be '${right}' if \`deletionTimestamp\` is ${when}`)]
}

const node: Rules = {
  generationCounts: null,
  defaults({ status }) {
    if (status?.capacity) status.allocatable ??= { ...status.capacity }
  },
  problems: ({ spec }, old) => [
    ...each<Fields>("metadata.taints", spec.taints, ({ effect }, path) =>
      oneOf(`${path}.effect`, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]),
    ),
    ...notWhen(
      old?.["spec"].providerID && old["spec"].providerID !== spec.providerID,
      "spec.providerID",
      'node updates may not change providerID except from "" to valid',
    ),
  ],
  fieldLabels: ({ spec }) => ({ "spec.unschedulable": String(spec.unschedulable ?? false) }),
}

function nodeWords({ spec, status }: KubeObject): string {
  const ready = status?.conditions?.find(({ type }: Fields) => type === "Ready")
  const word = !ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady"
  return spec.unschedulable ? `${word},SchedulingDisabled` : word
}

const ROLE = "node-role.kubernetes.io/"

function rolesText({ metadata }: KubeObject): string {
  const roles = Object.entries(metadata.labels ?? {}).map(([key, value]) => {
    if (key.startsWith(ROLE)) return key.slice(ROLE.length)
    return key === "kubernetes.io/role" ? value : ""
  })
  return [...new Set(roles.filter(Boolean))].toSorted().join(",") || "<none>"
}

const addressOf =
  (type: string) =>
  ({ status }: KubeObject): string =>
    status?.addresses?.find((address: Fields) => address.type === type)?.address ?? "<none>"

const fact =
  (field: string) =>
  ({ status }: KubeObject) =>
    status?.nodeInfo?.[field] || "<unknown>"

function kernelText(node: KubeObject): string {
  const { architecture } = node["status"]?.nodeInfo ?? {}
  return fact("kernelVersion")(node) + (architecture ? ` (${architecture})` : "")
}

export const cluster = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "Namespace",
    plural: "namespaces",
    shortNames: ["ns"],
    isClusterWide: true,
    columns: [name, text("Status", "Whether it is in use or ends.", ({ status }) => status?.phase), age],
    rules: namespace,
  }),
  builtInKind({
    group: "",
    version: "v1",
    kind: "Node",
    plural: "nodes",
    shortNames: ["no"],
    isClusterWide: true,
    columns: [
      name,
      text("Status", "Whether it can run pods.", nodeWords),
      text("Roles", "What it is for.", rolesText),
      age,
      text("Version", "The version of what runs its pods.", ({ status }) => status?.nodeInfo?.kubeletVersion ?? ""),
      wide(text("Internal-IP", "Its address in the cluster.", addressOf("InternalIP"))),
      wide(text("External-IP", "Its address outside.", addressOf("ExternalIP"))),
      wide(text("OS-Image", "Its operating system.", fact("osImage"))),
      wide(text("Kernel-Version", "Its kernel.", kernelText)),
      wide(text("Container-Runtime", "What runs its containers.", fact("containerRuntimeVersion"))),
    ],
    rules: node,
  }),
]
