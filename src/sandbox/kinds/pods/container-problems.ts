import type { KubeObject } from "#api/objects.ts"
import { duplicate, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, oneOf, portNumberProblems, protocols, requiredText, textProblems } from "../checks.ts"
import { label, portName } from "../text-rules.ts"
import { sourceProblems, variableProblems } from "./environment-problems.ts"
import { resourceProblems } from "./resource-problems.ts"

type Fields = KubeObject["spec"]

/** What all containers of a pod must be, whenever they run. */
export function containerProblems(container: Fields, path: string, volumes: ReadonlySet<string>): FieldProblem[] {
  return [
    ...requiredText(`${path}.name`, container.name, label),
    ...(container.image ? [] : [required(`${path}.image`)]),
    ...oneOf(`${path}.terminationMessagePolicy`, container.terminationMessagePolicy, ["File", "FallbackToLogsOnError"]),
    ...portListProblems(container.ports, `${path}.ports`),
    ...each(`${path}.env`, container.env, variableProblems),
    ...each(`${path}.envFrom`, container.envFrom, (source, at) => sourceProblems(source, at, `${path}.envFrom`)),
    ...mountProblems(container.volumeMounts, `${path}.volumeMounts`, volumes),
    ...oneOf(`${path}.imagePullPolicy`, container.imagePullPolicy, ["Always", "IfNotPresent", "Never"]),
    ...resourceProblems(container.resources, `${path}.resources`),
  ]
}

function portListProblems(ports: Fields[] | undefined, path: string): FieldProblem[] {
  const names = new Set<string>()
  return each(path, ports, (port, at) => [
    ...(port.name ? uniqueName(`${at}.name`, port.name, names, portName) : []),
    ...(port.containerPort
      ? portNumberProblems(`${at}.containerPort`, port.containerPort)
      : [required(`${at}.containerPort`)]),
    ...(port.hostPort ? portNumberProblems(`${at}.hostPort`, port.hostPort) : []),
    ...oneOf(`${at}.protocol`, port.protocol, protocols),
  ])
}

function uniqueName(path: string, name: string, known: Set<string>, rule: (text: string) => string[]): FieldProblem[] {
  const problems = textProblems(path, name, rule)
  if (problems.length > 0) return problems
  if (known.has(name)) return [duplicate(path, name)]
  known.add(name)
  return []
}

function mountProblems(mounts: Fields[] | undefined, path: string, volumes: ReadonlySet<string>): FieldProblem[] {
  const places = new Set<string>()
  return each(path, mounts, ({ name, mountPath }, at) => {
    const isTaken = places.has(mountPath)
    places.add(mountPath)
    return [
      ...(name ? [] : [required(`${at}.name`)]),
      ...(volumes.has(name) ? [] : [{ field: `${at}.name`, type: "Not found" as const, value: name, detail: "" }]),
      ...(mountPath ? [] : [required(`${at}.mountPath`)]),
      ...(isTaken ? [invalid(`${at}.mountPath`, mountPath, "must be unique")] : []),
    ]
  })
}
