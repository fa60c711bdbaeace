import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, invalid } from "../../schema/problem.ts"
import { builtInKind } from "../kind.ts"
import { podColumns } from "./pod-columns.ts"
import { podDefaults } from "./pod-defaults.ts"
import { podSpecProblems } from "./pod-problems.ts"
import { qualityOf } from "./pod-quality.ts"
import { podUpdateProblems } from "./pod-update-problems.ts"

type Fields = KubeObject["spec"]

const rules: Rules = {
  defaults: podDefaults,
  beforeCreate(pod) {
    const { spec } = pod
    tolerateAWhile(spec)
    spec.priority ??= priorities[spec.priorityClassName] ?? 0
    spec.preemptionPolicy ??= "PreemptLowerPriority"
    pod["status"] = { phase: "Pending", qosClass: qualityOf(spec) }
  },
  beforeUpdate({ spec, status }, old) {
    tolerateAWhile(spec)
    if (status) status.qosClass ??= old["status"]?.qosClass
  },
  problems: ({ spec }, old) => [
    ...podSpecProblems(spec, "spec"),
    ...(old ? podUpdateProblems(spec, old["spec"]) : creationProblems(spec)),
  ],
  fieldLabels: ({ spec, status }) => ({
    "spec.nodeName": spec.nodeName ?? "",
    "spec.restartPolicy": spec.restartPolicy ?? "",
    "spec.schedulerName": spec.schedulerName ?? "",
    "spec.serviceAccountName": spec.serviceAccountName ?? "",
    "spec.hostNetwork": String(spec.hostNetwork ?? false),
    "status.phase": status?.phase ?? "",
    "status.podIP": status?.podIPs?.[0]?.ip ?? "",
    "status.podIPs": status?.podIPs?.[0]?.ip ?? "",
    "status.nominatedNodeName": status?.nominatedNodeName ?? "",
  }),
}

const priorities: Record<string, number> = {
  "system-cluster-critical": 2_000_000_000,
  "system-node-critical": 2_000_001_000,
}

/** Pods stay for a while on a node that has gone silent. */
function tolerateAWhile(spec: Fields): void {
  const given: Fields[] = spec.tolerations ?? []
  const isTolerated = (taint: string) =>
    given.some(
      ({ key, effect, operator }) =>
        (key === taint || (!key && operator === "Exists")) && (!effect || effect === "NoExecute"),
    )
  const missing = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].filter(
    (taint) => !isTolerated(taint),
  )
  const seconds = { operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }
  if (missing.length > 0) spec.tolerations = [...given, ...missing.map((key) => ({ key, ...seconds }))]
}

function creationProblems({ ephemeralContainers, containers, initContainers, nodeName, schedulingGates }: Fields) {
  const spaced = (list: readonly Fields[] | undefined, path: string) =>
    (list ?? []).flatMap(({ image }, place) =>
      image && image !== image.trim()
        ? [invalid(`${path}[${place}].image`, image, "must not have leading or trailing whitespace")]
        : [],
    )
  return [
    ...spaced(containers, "spec.containers"),
    ...spaced(initContainers, "spec.initContainers"),
    ...(ephemeralContainers?.length ? [forbidden("spec.ephemeralContainers", "cannot be set on create")] : []),
    ...(nodeName && schedulingGates?.length
      ? [forbidden("spec.nodeName", "cannot be set until all schedulingGates have been cleared")]
      : []),
  ]
}

export const pods = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "Pod",
    plural: "pods",
    shortNames: ["po"],
    categories: ["all"],
    columns: podColumns,
    rules,
  }),
]
