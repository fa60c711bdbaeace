import type { KubeObject } from "#api/objects.ts"
import { invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { oneOf, requiredText, textProblems } from "../checks.ts"
import { configKey, environmentName, subdomain } from "../text-rules.ts"

type Fields = KubeObject["spec"]

export function variableProblems({ name, value, valueFrom }: Fields, path: string): FieldProblem[] {
  return [
    ...requiredText(`${path}.name`, name, environmentName),
    ...(valueFrom ? valueSourceProblems(valueFrom, value, `${path}.valueFrom`) : []),
  ]
}

const fieldPaths = [
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.serviceAccountName",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]
/** Fields of pods that an environment variable cannot have. */
const otherFieldPaths = [
  "metadata.annotations",
  "metadata.labels",
  "spec.restartPolicy",
  "spec.schedulerName",
  "status.phase",
]
const resourcePaths = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
]

function valueSourceProblems(source: Fields, value: string | undefined, path: string): FieldProblem[] {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef } = source
  const given = [fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef, fileKeyRef].filter(Boolean).length
  const problems = [
    ...(fieldRef ? fieldProblems(fieldRef, `${path}.fieldRef`) : []),
    ...(resourceFieldRef ? resourceFieldProblems(resourceFieldRef, `${path}.resourceFieldRef`) : []),
    ...(configMapKeyRef ? keyProblems(configMapKeyRef, `${path}.configMapKeyRef`) : []),
    ...(secretKeyRef ? keyProblems(secretKeyRef, `${path}.secretKeyRef`) : []),
  ]
  if (given === 0) {
    const choices = "`fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
    return [...problems, invalid(path, "", `must specify one of: ${choices}`)]
  }
  if (value) return [...problems, invalid(path, "", "may not be specified when `value` is not empty")]
  if (given > 1) return [...problems, invalid(path, "", "may not have more than one field specified at a time")]
  return problems
}

function fieldProblems({ fieldPath }: Fields, path: string): FieldProblem[] {
  if (!fieldPath) return [required(`${path}.fieldPath`)]
  if (/^metadata\.(labels|annotations)\['.+'\]$/.test(fieldPath)) return []
  if (![...fieldPaths, ...otherFieldPaths].includes(fieldPath)) {
    const detail = `error converting fieldPath: field label not supported: ${fieldPath}`
    return [invalid(`${path}.fieldPath`, fieldPath, detail)]
  }
  return oneOf(`${path}.fieldPath`, fieldPath, fieldPaths)
}

function resourceFieldProblems({ resource }: Fields, path: string): FieldProblem[] {
  if (!resource) return [required(`${path}.resource`)]
  if (/^(requests|limits)\.hugepages-/.test(resource)) return []
  return oneOf(`${path}.resource`, resource, resourcePaths)
}

const keyProblems = ({ name = "", key }: Fields, path: string): FieldProblem[] => [
  ...textProblems(`${path}.name`, name, subdomain),
  ...requiredText(`${path}.key`, key, configKey),
]

export function sourceProblems(
  { prefix, configMapRef, secretRef }: Fields,
  path: string,
  listPath: string,
): FieldProblem[] {
  const problems = [
    ...(prefix ? textProblems(`${path}.prefix`, prefix, environmentName) : []),
    ...(configMapRef ? requiredText(`${path}.configMapRef.name`, configMapRef.name, subdomain) : []),
    ...(secretRef ? requiredText(`${path}.secretRef.name`, secretRef.name, subdomain) : []),
  ]
  if (!configMapRef && !secretRef) {
    return [...problems, invalid(listPath, "", "must specify one of: `configMapRef` or `secretRef`")]
  }
  if (!configMapRef || !secretRef) return problems
  return [...problems, invalid(listPath, "", "may not have more than one field specified at a time")]
}
