import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { parseNetwork } from "../../schema/values/ip-address.ts"
import { each, notAboveAll, oneOf, portionProblems, portNumberProblems, portProblems } from "../checks.ts"
import { age, count, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { selectorProblems, selectorText } from "../label-selector.ts"

type Fields = KubeObject["spec"]

const networkPolicy: Rules = {
  defaults({ spec }) {
    if (!spec.policyTypes?.length) spec.policyTypes = spec.egress?.length ? ["Ingress", "Egress"] : ["Ingress"]
    for (const { ports } of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
      for (const port of ports ?? []) port.protocol ??= "TCP"
    }
  },
  problems: ({ spec }) => [
    ...selectorProblems("spec.podSelector", spec.podSelector),
    ...each<Fields>("spec.ingress", spec.ingress, ({ ports, from }, path) => [
      ...each(`${path}.ports`, ports, policyPortProblems),
      ...each(`${path}.from`, from, peerProblems),
    ]),
    ...each<Fields>("spec.egress", spec.egress, ({ ports, to }, path) => [
      ...each(`${path}.ports`, ports, policyPortProblems),
      ...each(`${path}.to`, to, peerProblems),
    ]),
    ...each<string>("spec.policyTypes", spec.policyTypes, (type, path) => oneOf(path, type, ["Ingress", "Egress"])),
  ],
}

function policyPortProblems({ protocol, port, endPort }: Fields, path: string): FieldProblem[] {
  return [
    ...oneOf(`${path}.protocol`, protocol, ["TCP", "UDP", "SCTP"]),
    ...(port === undefined ? [] : portProblems(`${path}.port`, port)),
    ...(endPort === undefined ? [] : endPortProblems(port, endPort, `${path}.endPort`)),
  ]
}

function endPortProblems(port: number | string | undefined, endPort: number, path: string): FieldProblem[] {
  if (port === undefined) return [invalid(path, endPort, "may not be specified when `port` is not specified")]
  if (typeof port === "string") return [invalid(path, endPort, "may not be specified when `port` is non-numeric")]
  return [
    ...(endPort < port ? [invalid(path, port, "must be greater than or equal to `port`")] : []),
    ...portNumberProblems(path, endPort),
  ]
}

function peerProblems({ podSelector, namespaceSelector, ipBlock }: Fields, path: string): FieldProblem[] {
  if (!podSelector && !namespaceSelector && !ipBlock) return [required(path, "must specify a peer")]
  return [
    ...selectorProblems(`${path}.podSelector`, podSelector),
    ...selectorProblems(`${path}.namespaceSelector`, namespaceSelector),
    ...(ipBlock ? blockProblems(ipBlock, `${path}.ipBlock`) : []),
    ...(ipBlock && (podSelector || namespaceSelector)
      ? [forbidden(path, "may not specify both ipBlock and another peer")]
      : []),
  ]
}

const isNetwork = (text: string): boolean => parseNetwork(text) !== undefined

function blockProblems({ cidr, except }: Fields, path: string): FieldProblem[] {
  if (!cidr) return [required(`${path}.cidr`)]
  const wrong = (at: string, text: string) =>
    isNetwork(text) ? [] : [invalid(at, text, "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)")]
  return [...wrong(`${path}.cidr`, cidr), ...each<string>(`${path}.except`, except, (text, at) => wrong(at, text))]
}

const budget: Rules = {
  problems: ({ spec }) => {
    const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec
    return [
      ...(minAvailable !== undefined && maxUnavailable !== undefined
        ? [invalid("spec", shownBudget(spec), "minAvailable and maxUnavailable cannot be both set")]
        : []),
      ...Object.entries({ minAvailable, maxUnavailable }).flatMap(([field, portion]) => [
        ...portionProblems(`spec.${field}`, portion),
        ...notAboveAll(`spec.${field}`, portion),
      ]),
      ...selectorProblems("spec.selector", selector),
      ...(unhealthyPodEvictionPolicy
        ? oneOf("spec.unhealthyPodEvictionPolicy", unhealthyPodEvictionPolicy, ["AlwaysAllow", "IfHealthyBudget"])
        : []),
    ]
  },
}

const shownBudget = (spec: Fields): object => ({
  MinAvailable: spec.minAvailable,
  Selector: spec.selector ?? null,
  MaxUnavailable: spec.maxUnavailable,
  UnhealthyPodEvictionPolicy: spec.unhealthyPodEvictionPolicy ?? null,
})

const portionText = (portion: number | string | undefined): string => String(portion ?? "N/A")

export const policies = () => [
  builtInKind({
    group: "networking.k8s.io",
    version: "v1",
    kind: "NetworkPolicy",
    plural: "networkpolicies",
    shortNames: ["netpol"],
    columns: [
      name,
      text("Pod-Selector", "The pods it is for.", ({ spec }) => selectorText(spec.podSelector) || "<none>"),
      age,
    ],
    rules: networkPolicy,
  }),
  builtInKind({
    group: "policy",
    version: "v1",
    kind: "PodDisruptionBudget",
    plural: "poddisruptionbudgets",
    shortNames: ["pdb"],
    columns: [
      name,
      text("Min Available", "How many pods must stay.", ({ spec }) => portionText(spec.minAvailable)),
      text("Max Unavailable", "How many pods may be missing.", ({ spec }) => portionText(spec.maxUnavailable)),
      count("Allowed Disruptions", "How many pods may go at the moment.", ({ status }) => status?.disruptionsAllowed),
      age,
    ],
    rules: budget,
  }),
]
