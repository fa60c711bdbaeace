import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { invalid, required, tooLong } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { parseSloppyAddress } from "../../schema/values/ip-address.ts"
import { each, immutable, oneOf, portNumberProblems, requiredText, textProblems } from "../checks.ts"
import { label, pathSegment, portName, subdomain, wildcardSubdomain } from "../text-rules.ts"

type Fields = KubeObject["spec"]

const CLASS = "kubernetes.io/ingress.class"

export const ingressRules: Rules = {
  problems: ({ metadata, spec }, old) => [
    ...(spec.rules?.length || spec.defaultBackend
      ? []
      : [invalid("spec", null, "either `defaultBackend` or `rules` must be specified")]),
    ...(spec.defaultBackend ? backendProblems(spec.defaultBackend, "spec.defaultBackend") : []),
    ...each("spec.rules", spec.rules, ruleProblems),
    ...each("spec.tls", spec.tls, tlsProblems),
    ...(spec.ingressClassName ? textProblems("spec.ingressClassName", spec.ingressClassName, subdomain) : []),
    ...(old ? [] : classProblems(metadata.annotations?.[CLASS], spec.ingressClassName)),
  ],
}

function classProblems(annotation: string | undefined, className: string | undefined): FieldProblem[] {
  if (annotation === undefined || className === undefined || annotation === className) return []
  return [invalid(`annotations.${CLASS}`, annotation, "must match `ingressClassName` when both are specified")]
}

const hostProblems = (path: string, host: string): FieldProblem[] =>
  textProblems(path, host, host.includes("*") ? wildcardSubdomain : subdomain)

function ruleProblems({ host, http }: Fields, path: string): FieldProblem[] {
  return [
    ...(host && parseSloppyAddress(host)
      ? [invalid(`${path}.host`, host, "must be a DNS name, not an IP address")]
      : []),
    ...(host ? hostProblems(`${path}.host`, host) : []),
    ...(http && !http.paths?.length ? [required(`${path}.http.paths`)] : []),
    ...each(`${path}.http.paths`, http?.paths, pathProblems),
  ]
}

const forbiddenParts = ["//", "/./", "/../", "%2f", "%2F"]
const forbiddenEnds = ["/..", "/."]

function pathProblems({ path = "", pathType, backend }: Fields, at: string): FieldProblem[] {
  if (!pathType) return [required(`${at}.pathType`, "pathType must be specified")]
  const isFree = pathType === "ImplementationSpecific"
  const wrong = (detail: string) => invalid(`${at}.path`, path, detail)
  const known = oneOf(`${at}.pathType`, pathType, ["Exact", "ImplementationSpecific", "Prefix"])
  return [
    ...known,
    ...(known.length === 0 && !path.startsWith("/") && (path || !isFree) ? [wrong("must be an absolute path")] : []),
    ...(known.length > 0 || isFree
      ? []
      : [
          ...forbiddenParts.filter((part) => path.includes(part)).map((part) => wrong(`must not contain '${part}'`)),
          ...forbiddenEnds.filter((end) => path.endsWith(end)).map((end) => wrong(`cannot end with '${end}'`)),
        ]),
    ...backendProblems(backend, `${at}.backend`),
  ]
}

function backendProblems({ resource, service }: Fields, path: string): FieldProblem[] {
  if (resource && service) return [invalid(path, "", "cannot set both resource and service backends")]
  if (resource) return resourceProblems(resource, `${path}.resource`)
  if (!service) return [invalid(path, "", "resource or service backend is required")]
  const { name: portNamed, number } = service.port ?? {}
  return [
    ...requiredText(`${path}.service.name`, service.name, label),
    ...(portNamed && number ? [invalid(path, "", "cannot set both port name & port number")] : []),
    ...(portNamed && !number ? textProblems(`${path}.service.port.name`, portNamed, portName) : []),
    ...(number && !portNamed ? portNumberProblems(`${path}.service.port.number`, number) : []),
    ...(portNamed || number ? [] : [required(path, "port name or number is required")]),
  ]
}

const resourceProblems = ({ apiGroup, kind, name }: Fields, path: string): FieldProblem[] => [
  ...(apiGroup === undefined ? [] : textProblems(`${path}.apiGroup`, apiGroup, subdomain)),
  ...requiredText(`${path}.kind`, kind, pathSegment),
  ...requiredText(`${path}.name`, name, pathSegment),
]

const tlsProblems = ({ hosts, secretName }: Fields, path: string): FieldProblem[] => [
  ...each<string>(`${path}.hosts`, hosts, (host, at) => hostProblems(at, host)),
  ...(secretName ? textProblems(`${path}.secretName`, secretName, subdomain) : []),
]

const LONGEST_CONTROLLER = 250

export const ingressClassRules: Rules = {
  defaults({ spec }) {
    if (spec.parameters) spec.parameters.scope ??= "Cluster"
  },
  problems: ({ spec }, old) => {
    const { controller = "", parameters } = spec
    return [
      ...(old ? immutable("spec.controller", controller, old["spec"].controller) : []),
      ...(controller.length > LONGEST_CONTROLLER ? [tooLong("spec.controller", LONGEST_CONTROLLER)] : []),
      ...controllerProblems(controller),
      ...(parameters ? parameterProblems(parameters, "spec.parameters") : []),
    ]
  },
}

function controllerProblems(controller: string): FieldProblem[] {
  const path = "spec.controller"
  if (!controller) return [required(path)]
  const [, host, rest] = /^([^/]+)\/(.+)$/.exec(controller) ?? []
  if (!host || !rest) return [invalid(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')]
  return textProblems(path, host, subdomain)
}

function parameterProblems(parameters: Fields, path: string): FieldProblem[] {
  const { scope, namespace } = parameters
  return [
    ...resourceProblems(parameters, path),
    ...oneOf(`${path}.scope`, scope, ["Cluster", "Namespace"]),
    ...(scope === "Namespace" && namespace === undefined
      ? [required(`${path}.namespace`, "`parameters.scope` is set to 'Namespace'")]
      : []),
    ...(scope === "Cluster" && namespace !== undefined
      ? [{ field: `${path}.namespace`, type: "Forbidden" as const, detail: "`parameters.scope` is set to 'Cluster'" }]
      : []),
  ]
}
