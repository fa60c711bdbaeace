import type { KubeObject } from "#api/objects.ts"
import { duplicate, forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, oneOf, textProblems } from "../checks.ts"
import { labelProblems, selectorProblems } from "../label-selector.ts"
import { label, subdomain, within } from "../text-rules.ts"
import { containerProblems } from "./container-problems.ts"
import { lifecycleProblems } from "./probe-problems.ts"
import { tolerationProblems } from "./toleration-problems.ts"
import { volumeProblems } from "./volume-problems.ts"

type Fields = KubeObject["spec"]

const MAX_INT32 = 2 ** 31 - 1

/** What is wrong with a pod, be it one or a template of many. Volumes of `mountable` names will be there when it runs. */
export function podSpecProblems(spec: Fields, path: string, mountable: readonly string[] = []): FieldProblem[] {
  const own = (spec.volumes ?? []).filter(({ name }: Fields) => !mountable.includes(name))
  const volumes = volumeProblems(own, `${path}.volumes`)
  const names = new Set([...volumes.names, ...mountable])
  return [
    ...volumes.problems,
    ...containerListProblems(spec, path, names),
    ...initProblems(spec, path, names),
    ...hostPortProblems(spec, path),
    ...oneOf(`${path}.restartPolicy`, spec.restartPolicy, ["Always", "OnFailure", "Never"]),
    ...oneOf(`${path}.dnsPolicy`, spec.dnsPolicy, ["ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"]),
    ...labelProblems(`${path}.nodeSelector`, spec.nodeSelector),
    ...each(`${path}.topologySpreadConstraints`, spec.topologySpreadConstraints, spreadProblems),
    ...namesProblems(spec, path),
    ...each(`${path}.tolerations`, spec.tolerations, tolerationProblems),
    ...(spec.preemptionPolicy
      ? oneOf(`${path}.preemptionPolicy`, spec.preemptionPolicy, ["PreemptLowerPriority", "Never"])
      : []),
  ]
}

function containerListProblems(spec: Fields, path: string, volumes: ReadonlySet<string>): FieldProblem[] {
  const list = `${path}.containers`
  if (!spec.containers?.length) return [required(list)]
  const names = new Set<string>()
  return [
    ...each<Fields>(list, spec.containers, (container, at) => {
      const isTaken = names.has(container.name)
      names.add(container.name)
      return [
        ...containerProblems(container, at, volumes),
        ...(isTaken ? [duplicate(`${at}.name`, container.name)] : []),
        ...lifecycleProblems(container, at, spec.terminationGracePeriodSeconds),
      ]
    }),
    ...takenPortProblems(spec.containers, list),
  ]
}

const onlySidecars = "may not be set for init containers without restartPolicy=Always"

function initProblems(spec: Fields, path: string, volumes: ReadonlySet<string>): FieldProblem[] {
  const list = `${path}.initContainers`
  const names = new Set<string>((spec.containers ?? []).map(({ name }: Fields) => name))
  return each<Fields>(list, spec.initContainers, (container, at) => {
    const isTaken = names.has(container.name)
    if (container.name) names.add(container.name)
    const fields = ["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"].filter((field) => container[field])
    return [
      ...containerProblems(container, at, volumes),
      ...(isTaken ? [duplicate(`${at}.name`, container.name)] : []),
      ...takenPortProblems([container], list),
      ...(container.restartPolicy === "Always"
        ? lifecycleProblems(container, at, spec.terminationGracePeriodSeconds)
        : fields.map((field) => forbidden(`${at}.${field}`, onlySidecars))),
    ]
  })
}

function takenPortProblems(containers: readonly Fields[], path: string): FieldProblem[] {
  const taken = new Set<string>()
  return each(path, containers, ({ ports }, at) =>
    each<Fields>(`${at}.ports`, ports, ({ hostPort, hostIP = "", protocol }, at) => {
      if (!hostPort) return []
      const key = `${protocol}/${hostIP}/${hostPort}`
      if (taken.has(key)) return [duplicate(`${at}.hostPort`, key)]
      taken.add(key)
      return []
    }),
  )
}

function hostPortProblems({ hostNetwork, containers }: Fields, path: string): FieldProblem[] {
  if (!hostNetwork) return []
  return each<Fields>(`${path}.containers`, containers, ({ ports }, at) =>
    each<Fields>(`${at}.ports`, ports, ({ hostPort, containerPort }, at) =>
      hostPort && hostPort !== containerPort
        ? [invalid(`${at}.hostPort`, hostPort, "must match `containerPort` when `hostNetwork` is true")]
        : [],
    ),
  )
}

function spreadProblems(constraint: Fields, path: string): FieldProblem[] {
  const { maxSkew, topologyKey, whenUnsatisfiable, labelSelector } = constraint
  return [
    ...(maxSkew > 0 ? [] : [invalid(`${path}.maxSkew`, maxSkew, "must be greater than zero")]),
    ...(topologyKey ? [] : [required(`${path}.topologyKey`, "can not be empty")]),
    ...oneOf(`${path}.whenUnsatisfiable`, whenUnsatisfiable, ["DoNotSchedule", "ScheduleAnyway"]),
    ...selectorProblems(`${path}.labelSelector`, labelSelector),
  ]
}

/** Fields that name something, and so have the form of a name. */
const named = {
  serviceAccountName: subdomain,
  nodeName: subdomain,
  hostname: label,
  subdomain: label,
  priorityClassName: subdomain,
  runtimeClassName: subdomain,
}

function namesProblems(spec: Fields, path: string): FieldProblem[] {
  const deadline = spec.activeDeadlineSeconds
  return [
    ...Object.entries(named).flatMap(([field, rule]) =>
      spec[field] ? textProblems(`${path}.${field}`, spec[field], rule) : [],
    ),
    ...(deadline === undefined
      ? []
      : within(deadline, 1, MAX_INT32).map((detail) => invalid(`${path}.activeDeadlineSeconds`, deadline, detail))),
  ]
}

/** Of a template, with the labels that its pods will have. */
export const templateProblems = (template: Fields, path: string, mountable?: readonly string[]): FieldProblem[] => [
  ...labelProblems(`${path}.labels`, template.metadata?.labels),
  ...podSpecProblems(template.spec, `${path}.spec`, mountable),
  ...(template.spec.ephemeralContainers?.length
    ? [forbidden(`${path}.spec.ephemeralContainers`, "ephemeral containers not allowed in pod template")]
    : []),
]
