import type { KubeObject } from "#api/objects.ts"
import { age, name, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { labelsText } from "../label-selector.ts"
import { allocate, keepAllocated, serviceDefaults } from "./service-fields.ts"
import { serviceProblems } from "./service-problems.ts"

type Fields = KubeObject["spec"]

/** Sorted, without repeats; hosts where there is no address. */
export const entranceText = (ingress: readonly Fields[] = []): string =>
  [...new Set<string>(ingress.map(({ ip, hostname }) => ip || hostname).filter(Boolean))].toSorted().join(",")

function externalText({ spec, status }: KubeObject): string {
  const external: string[] = spec.externalIPs ?? []
  switch (spec.type) {
    case "ExternalName":
      return spec.externalName ?? ""
    case "LoadBalancer": {
      const entrances = entranceText(status?.loadBalancer?.ingress)
      return [entrances, ...external].filter(Boolean).join(",") || "<pending>"
    }
    default:
      return external.join(",") || "<none>"
  }
}

const portsText = ({ ports = [] }: Fields): string =>
  ports
    .map(({ port, nodePort, protocol }: Fields) => `${nodePort ? `${port}:${nodePort}` : port}/${protocol}`)
    .join(",") || "<none>"

export const services = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "Service",
    plural: "services",
    shortNames: ["svc"],
    categories: ["all"],
    columns: [
      name,
      text("Type", "From where it can be reached.", ({ spec }) => spec.type),
      text("Cluster-IP", "Its address in the cluster.", ({ spec }) => spec.clusterIPs?.[0] ?? "<none>"),
      text("External-IP", "Its addresses outside.", externalText),
      text("Port(s)", "Its ports.", ({ spec }) => portsText(spec)),
      age,
      wide(text("Selector", "Which pods answer.", ({ spec }) => labelsText(spec.selector))),
    ],
    rules: {
      defaults: serviceDefaults,
      beforeCreate: allocate,
      beforeUpdate: keepAllocated,
      problems: serviceProblems,
      generationCounts: null,
      fieldLabels: ({ spec }) => ({ "spec.clusterIP": spec.clusterIP ?? "", "spec.type": spec.type ?? "" }),
    },
  }),
]
