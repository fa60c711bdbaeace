import type { KubeObject } from "#api/objects.ts"
import { nameOrDefault } from "../cluster/classes.ts"
import { age, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { ingressClassRules, ingressRules } from "./ingress-rules.ts"
import { entranceText } from "./services.ts"

type Fields = KubeObject["spec"]

const MOST_HOSTS = 3

function hostsText({ spec }: KubeObject): string {
  const rules: Fields[] = spec.rules ?? []
  const hosts = rules
    .slice(0, MOST_HOSTS)
    .map(({ host }) => host)
    .filter(Boolean)
  if (hosts.length === 0) return "*"
  const more = rules.length - MOST_HOSTS
  return more > 0 && hosts.length === MOST_HOSTS ? `${hosts.join(",")} + ${more} more...` : hosts.join(",")
}

function parametersText({ spec }: KubeObject): string {
  const { kind, apiGroup, name } = spec.parameters ?? {}
  if (!spec.parameters) return "<none>"
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`
}

export const ingresses = () => [
  builtInKind({
    group: "networking.k8s.io",
    version: "v1",
    kind: "Ingress",
    plural: "ingresses",
    shortNames: ["ing"],
    columns: [
      name,
      text("Class", "Who serves it.", ({ spec }) => spec.ingressClassName ?? "<none>"),
      text("Hosts", "The hosts it is for.", hostsText),
      text("Address", "Where requests come in.", ({ status }) => entranceText(status?.loadBalancer?.ingress)),
      text("Ports", "The ports it listens on.", ({ spec }) => (spec.tls?.length ? "80, 443" : "80")),
      age,
    ],
    rules: ingressRules,
  }),
  builtInKind({
    group: "networking.k8s.io",
    version: "v1",
    kind: "IngressClass",
    plural: "ingressclasses",
    isClusterWide: true,
    columns: [
      nameOrDefault("ingressclass.kubernetes.io/is-default-class"),
      text("Controller", "Who serves ingresses of this class.", ({ spec }) => spec.controller ?? ""),
      text("Parameters", "Where there is more about it.", parametersText),
      age,
    ],
    rules: ingressClassRules,
  }),
]
