import { isDeepStrictEqual } from "node:util"
import { controllerOf, type KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { immutable, isZeroPortion, notAboveAll, notNegative, oneOf, portionProblems, textProblems } from "../checks.ts"
import { age, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { podSpecDefaults } from "../pods/pod-defaults.ts"
import { label } from "../text-rules.ts"
import { replicaScale } from "./deployments.ts"
import { readyText, templateColumns } from "./workload-columns.ts"
import { workloadProblems } from "./workload-problems.ts"

type Fields = KubeObject["spec"]

const statefulSet: Rules = {
  defaults({ spec }) {
    podSpecDefaults(spec.template.spec)
    spec.replicas ??= 1
    spec.revisionHistoryLimit ??= 10
    spec.podManagementPolicy ??= "OrderedReady"
    const strategy = spec.updateStrategy
    if (!strategy.type) Object.assign(strategy, { type: "RollingUpdate", rollingUpdate: strategy.rollingUpdate ?? {} })
    if (strategy.type === "RollingUpdate" && strategy.rollingUpdate) strategy.rollingUpdate.partition ??= 0
    spec.persistentVolumeClaimRetentionPolicy = {
      whenDeleted: "Retain",
      whenScaled: "Retain",
      ...spec.persistentVolumeClaimRetentionPolicy,
    }
    for (const claim of spec.volumeClaimTemplates ?? []) {
      Object.assign(claim, { apiVersion: "v1", kind: "PersistentVolumeClaim" })
      claim.spec.volumeMode ??= "Filesystem"
      claim.status.phase ??= "Pending"
    }
  },
  problems: ({ spec }, old) => [
    ...oneOfTwo("spec.podManagementPolicy", spec.podManagementPolicy, ["OrderedReady", "Parallel"]),
    ...strategyProblems(spec.updateStrategy),
    ...["whenDeleted", "whenScaled"].flatMap((field) =>
      oneOf(`spec.persistentVolumeClaimRetentionPolicy.${field}`, spec.persistentVolumeClaimRetentionPolicy[field], [
        "Retain",
        "Delete",
      ]),
    ),
    ...notNegative("spec.replicas", spec.replicas),
    ...notNegative("spec.minReadySeconds", spec.minReadySeconds),
    ...(!old && spec.serviceName ? textProblems("spec.serviceName", spec.serviceName, label) : []),
    ...workloadProblems(spec, words, claimNames(spec)),
    ...(old ? fixedProblems(spec, old["spec"]) : []),
  ],
}

const words = { workload: "statefulset", unreadable: "", kind: "StatefulSet" }

const claimNames = ({ volumeClaimTemplates = [] }: Fields): string[] =>
  volumeClaimTemplates.map(({ metadata }: KubeObject) => metadata.name)

const oneOfTwo = (path: string, value: string, [one, other]: [string, string]): FieldProblem[] =>
  value === one || value === other ? [] : [invalid(path, value, `must be '${one}' or '${other}'`)]

function strategyProblems(strategy: Fields): FieldProblem[] {
  const { type, rollingUpdate } = strategy
  const path = "spec.updateStrategy"
  if (type === "OnDelete") {
    if (!rollingUpdate) return []
    const { partition = 0, maxUnavailable = null } = rollingUpdate
    const shown = { Partition: partition, MaxUnavailable: maxUnavailable }
    return [invalid(`${path}.rollingUpdate`, shown, "only allowed for updateStrategy 'RollingUpdate'")]
  }
  if (type !== "RollingUpdate") {
    return [invalid(path, { Type: type, RollingUpdate: null }, "must be 'RollingUpdate' or 'OnDelete'")]
  }
  const most = `${path}.rollingUpdate.maxUnavailable`
  const portion = rollingUpdate?.maxUnavailable
  return [
    ...notNegative(`${path}.rollingUpdate.partition`, rollingUpdate?.partition),
    ...portionProblems(most, portion),
    ...(portion !== undefined && isZeroPortion(portion) ? [invalid(most, portion, "cannot be 0")] : []),
    ...notAboveAll(most, portion),
  ]
}

const changeable = [
  "replicas",
  "ordinals",
  "template",
  "updateStrategy",
  "revisionHistoryLimit",
  "persistentVolumeClaimRetentionPolicy",
  "minReadySeconds",
]

function fixedProblems(spec: Fields, old: Fields): FieldProblem[] {
  const fixed = (all: Fields) =>
    Object.fromEntries(Object.entries(all).filter(([field]) => !changeable.includes(field)))
  if (isDeepStrictEqual(fixed(spec), fixed(old))) return []
  const words = changeable.slice(0, -1).map((field) => `'${field}'`)
  const detail = `updates to statefulset spec for fields other than ${words.join(", ")} and 'minReadySeconds' are forbidden`
  return [forbidden("spec", detail)]
}

const revision: Rules = {
  generationCounts: null,
  problems: (object, old) => [
    ...notNegative("revision", object["revision"]),
    ...(old ? immutable("data", object["data"], old["data"]) : dataProblems(object["data"])),
  ],
}

function dataProblems(data: unknown): FieldProblem[] {
  return data === undefined || data === null ? [required("data", "data is mandatory")] : []
}

function ownerText(object: KubeObject): string {
  const owner = controllerOf(object)
  if (!owner) return "<none>"
  const [group] = owner.apiVersion.includes("/") ? owner.apiVersion.split("/") : []
  return `${owner.kind}${group ? `.${group}` : ""}`.toLowerCase() + `/${owner.name}`
}

export const statefulSets = () => [
  builtInKind({
    group: "apps",
    version: "v1",
    kind: "StatefulSet",
    plural: "statefulsets",
    shortNames: ["sts"],
    categories: ["all"],
    scale: replicaScale,
    columns: [name, text("Ready", "How many pods are ready, of how many.", readyText), age, ...templateColumns],
    rules: statefulSet,
  }),
  builtInKind({
    group: "apps",
    version: "v1",
    kind: "ControllerRevision",
    plural: "controllerrevisions",
    columns: [
      name,
      text("Controller", "Whose state it is.", ownerText),
      text("Revision", "The how manieth state it is.", (object) => object["revision"]),
      age,
    ],
    rules: revision,
  }),
]
