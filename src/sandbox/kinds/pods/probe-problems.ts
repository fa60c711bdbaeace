import type { KubeObject } from "#api/objects.ts"
import { forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { notNegative, oneOf, portProblems, textProblems } from "../checks.ts"
import { headerName } from "../text-rules.ts"

type Fields = KubeObject["spec"]

export function lifecycleProblems(
  { lifecycle, livenessProbe, readinessProbe, startupProbe }: Fields,
  path: string,
  graceSeconds: number,
): FieldProblem[] {
  const hook = (handler: Fields, at: string) => (handler ? handlerProblems(handler, at, graceSeconds) : [])
  return [
    ...hook(lifecycle?.postStart, `${path}.lifecycle.postStart`),
    ...hook(lifecycle?.preStop, `${path}.lifecycle.preStop`),
    ...probeProblems(livenessProbe, `${path}.livenessProbe`, onlyOnce),
    ...probeProblems(readinessProbe, `${path}.readinessProbe`, withoutGrace),
    ...probeProblems(startupProbe, `${path}.startupProbe`, onlyOnce),
  ]
}

type More = (probe: Fields, path: string) => FieldProblem[]

const onlyOnce: More = ({ successThreshold }, path) =>
  successThreshold === 1 ? [] : [invalid(`${path}.successThreshold`, successThreshold, "must be 1")]

const withoutGrace: More = ({ terminationGracePeriodSeconds: seconds }, path) =>
  seconds === undefined
    ? []
    : [invalid(`${path}.terminationGracePeriodSeconds`, seconds, "must not be set for readinessProbes")]

function probeProblems(probe: Fields, path: string, more: More): FieldProblem[] {
  if (!probe) return []
  const grace = probe.terminationGracePeriodSeconds
  return [
    ...handlerProblems(probe, path, 0),
    ...["initialDelaySeconds", "timeoutSeconds", "periodSeconds", "successThreshold", "failureThreshold"].flatMap(
      (field) => notNegative(`${path}.${field}`, probe[field]),
    ),
    ...(grace !== undefined && grace <= 0
      ? [invalid(`${path}.terminationGracePeriodSeconds`, grace, "must be greater than 0")]
      : []),
    ...more(probe, path),
  ]
}

const handlers = ["exec", "httpGet", "tcpSocket", "grpc", "sleep"]

function handlerProblems(handler: Fields, path: string, graceSeconds: number): FieldProblem[] {
  const [first, ...others] = handlers.filter((kind) => handler[kind])
  if (!first) return [required(path, "must specify a handler type")]
  return [
    ...actionProblems(first, handler[first], `${path}.${first}`, graceSeconds),
    ...others.map((kind) => forbidden(`${path}.${kind}`, "may not specify more than 1 handler type")),
  ]
}

function actionProblems(kind: string, action: Fields, path: string, graceSeconds: number): FieldProblem[] {
  switch (kind) {
    case "exec":
      return action.command?.length ? [] : [required(`${path}.command`)]
    case "httpGet":
      return [
        ...portProblems(`${path}.port`, action.port),
        ...oneOf(`${path}.scheme`, action.scheme, ["HTTP", "HTTPS"]),
        ...(action.httpHeaders ?? []).flatMap(({ name }: Fields) =>
          textProblems(`${path}.httpHeaders`, name, headerName),
        ),
      ]
    case "sleep": {
      if (action.seconds >= 0 && action.seconds <= graceSeconds) return []
      const rule = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`
      return [invalid(path, action.seconds, rule)]
    }
    default:
      return portProblems(`${path}.port`, action.port)
  }
}
