import type { KubeObject } from "#api/objects.ts"
import { duplicate, forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, requiredText } from "../checks.ts"
import { label } from "../text-rules.ts"

type Fields = KubeObject["spec"]

/** What is wrong with the volumes of a pod, and the names of the others: only those can be mounted. */
export function volumeProblems(
  volumes: Fields[] | undefined,
  path: string,
): { problems: FieldProblem[]; names: Set<string> } {
  const names = new Set<string>()
  const problems = each(path, volumes, (volume, at) => {
    const found = [
      ...sourceProblems(volume, at),
      ...requiredText(`${at}.name`, volume.name, label),
      ...(names.has(volume.name) ? [duplicate(`${at}.name`, volume.name)] : []),
    ]
    if (found.length === 0) names.add(volume.name)
    return found
  })
  return { problems, names }
}

/** The fields by which each kind of source finds its content. */
const needed: Readonly<Record<string, readonly string[]>> = {
  hostPath: ["path"],
  secret: ["secretName"],
  configMap: ["name"],
  persistentVolumeClaim: ["claimName"],
  nfs: ["server", "path"],
}

/** Of several sources the first of these counts, and the others are too many. */
const order = [
  "emptyDir",
  "hostPath",
  "secret",
  "nfs",
  "persistentVolumeClaim",
  "downwardAPI",
  "configMap",
  "projected",
]

function sourceProblems(volume: Fields, path: string): FieldProblem[] {
  const given = Object.keys(volume).filter((field) => field !== "name")
  const [first, ...others] = [
    ...order.filter((source) => given.includes(source)),
    ...given.filter((source) => !order.includes(source)),
  ]
  if (!first) return [required(path, "must specify a volume type")]
  const at = `${path}.${first}`
  return [
    ...(needed[first] ?? []).filter((field) => !volume[first][field]).map((field) => required(`${at}.${field}`)),
    ...modeProblems(`${at}.defaultMode`, volume[first].defaultMode),
    ...(first === "secret" || first === "configMap" ? each(`${at}.items`, volume[first].items, itemProblems) : []),
    ...others.map((source) => forbidden(`${path}.${source}`, "may not specify more than 1 volume type")),
  ]
}

function itemProblems({ key, path: file, mode }: Fields, path: string): FieldProblem[] {
  return [
    ...(key ? [] : [required(`${path}.key`)]),
    ...(file ? pathProblems(`${path}.path`, file) : [required(`${path}.path`)]),
    ...modeProblems(`${path}.mode`, mode),
  ]
}

function pathProblems(path: string, file: string): FieldProblem[] {
  return [
    ...(file.startsWith("/") ? [invalid(path, file, "must be a relative path")] : []),
    ...(file.split("/").includes("..") ? [invalid(path, file, "must not contain '..'")] : []),
    ...(file.startsWith("..") && !/^\.\.(\/|$)/.test(file) ? [invalid(path, file, "must not start with '..'")] : []),
  ]
}

const modeProblems = (path: string, mode: number | undefined): FieldProblem[] =>
  mode !== undefined && (mode < 0 || mode > 0o777)
    ? [invalid(path, mode, "must be a number between 0 and 0777 (octal), both inclusive")]
    : []
