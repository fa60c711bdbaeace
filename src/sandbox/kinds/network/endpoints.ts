import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { duplicate, invalid, required, tooMany } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { parseAddress } from "../../schema/values/ip-address.ts"
import { each, immutable, oneOf, portNumberProblems, protocols, requiredText, textProblems } from "../checks.ts"
import { age, name, text, withMore } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { label, qualifiedName, subdomain } from "../text-rules.ts"
import { addressProblems } from "./addresses.ts"

type Fields = KubeObject["spec"]

function subsetProblems({ addresses, notReadyAddresses, ports }: Fields, path: string): FieldProblem[] {
  return [
    ...(addresses?.length || notReadyAddresses?.length
      ? []
      : [required(path, "must specify `addresses` or `notReadyAddresses`")]),
    ...each(`${path}.addresses`, addresses, subsetAddressProblems),
    ...each(`${path}.notReadyAddresses`, notReadyAddresses, subsetAddressProblems),
    ...each<Fields>(`${path}.ports`, ports, (port, at) => [
      ...(ports.length > 1 || port.name ? requiredText(`${at}.name`, port.name, label) : []),
      ...portNumberProblems(`${at}.port`, port.port),
      ...oneOf(`${at}.protocol`, port.protocol, protocols),
    ]),
  ]
}

const subsetAddressProblems = ({ ip, hostname, nodeName }: Fields, path: string): FieldProblem[] => [
  ...addressProblems(`${path}.ip`, ip),
  // Said twice, since two checks look at it.
  ...(parseAddress(ip) ? [] : [invalid(`${path}.ip`, ip, "must be a valid IP address")]),
  ...(hostname ? textProblems(`${path}.hostname`, hostname, label) : []),
  ...(nodeName ? textProblems(`${path}.nodeName`, nodeName, subdomain) : []),
]

function subsetTexts({ addresses = [], ports = [] }: Fields): string[] {
  const host = (ip: string) => (ip.includes(":") ? `[${ip}]` : ip)
  if (ports.length === 0) return addresses.map(({ ip }: Fields) => ip)
  return ports.flatMap(({ port }: Fields) => addresses.map(({ ip }: Fields) => `${host(ip)}:${port}`))
}

const MOST_ENDPOINTS = 1000
const MOST_ADDRESSES = 100

function sliceProblems(slice: KubeObject, old: KubeObject | undefined): FieldProblem[] {
  const { addressType, endpoints, ports } = slice
  const isNew = !isDeepStrictEqual(endpoints, old?.["endpoints"])
  return [
    ...(addressType ? oneOf("addressType", addressType, ["FQDN", "IPv4", "IPv6"]) : [required("addressType")]),
    ...slicePortProblems(ports ?? []),
    ...(isNew ? endpointProblems(endpoints ?? [], addressType) : []),
    ...(old ? immutable("addressType", addressType, old["addressType"]) : []),
  ]
}

function slicePortProblems(ports: readonly Fields[]): FieldProblem[] {
  const names = new Set<string>()
  return each("ports", ports, ({ name, protocol, appProtocol }, path) => {
    const isTaken = names.has(name)
    names.add(name)
    return [
      ...(name ? textProblems(`${path}.name`, name, label) : []),
      ...(isTaken ? [duplicate(`${path}.name`, name)] : []),
      ...oneOf(`${path}.protocol`, protocol, protocols),
      ...(appProtocol ? textProblems(`${path}.appProtocol`, appProtocol, qualifiedName) : []),
    ]
  })
}

function endpointProblems(endpoints: readonly Fields[], addressType: string): FieldProblem[] {
  if (endpoints.length > MOST_ENDPOINTS) return [tooMany("endpoints", endpoints.length, MOST_ENDPOINTS)]
  return each("endpoints", endpoints, ({ addresses, nodeName, hostname }, path) => {
    const list = `${path}.addresses`
    return [
      ...(addresses?.length ? [] : [required(list, "must contain at least 1 address")]),
      ...(addresses?.length > MOST_ADDRESSES ? [tooMany(list, addresses.length, MOST_ADDRESSES)] : []),
      ...each<string>(list, addresses, (address, at) => sliceAddressProblems(address, at, list, addressType)),
      ...(nodeName ? textProblems(`${path}.nodeName`, nodeName, subdomain) : []),
      ...(hostname ? textProblems(`${path}.hostname`, hostname, label) : []),
    ]
  })
}

function sliceAddressProblems(address: string, path: string, list: string, addressType: string): FieldProblem[] {
  if (addressType === "FQDN") return requiredText(path, address.replace(/\.$/, ""), subdomain)
  if (addressType !== "IPv4" && addressType !== "IPv6") return []
  const isV4 = !address.includes(":")
  const isOther = isV4 !== (addressType === "IPv4")
  return [
    ...(isOther ? [invalid(list, address, `must be an ${addressType} address`)] : []),
    ...addressProblems(path, address),
  ]
}

const sliceTexts = (texts: readonly string[]): string => withMore(texts, 3) || "<unset>"

export const endpoints = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "Endpoints",
    plural: "endpoints",
    shortNames: ["ep"],
    columns: [
      name,
      text("Endpoints", "Where the service is answered.", ({ subsets = [] }) =>
        subsets.length > 0 ? withMore(subsets.flatMap(subsetTexts), 3) : "<none>",
      ),
      age,
    ],
    rules: {
      generationCounts: null,
      defaults({ subsets }) {
        for (const { ports } of subsets ?? []) for (const port of ports ?? []) port.protocol ??= "TCP"
      },
      problems: ({ subsets }, old) =>
        isDeepStrictEqual(subsets, old?.["subsets"]) ? [] : each("subsets", subsets, subsetProblems),
    },
  }),
  builtInKind({
    group: "discovery.k8s.io",
    version: "v1",
    kind: "EndpointSlice",
    plural: "endpointslices",
    columns: [
      name,
      text("AddressType", "What the addresses are.", ({ addressType }) => addressType),
      text("Ports", "The ports of the endpoints.", ({ ports }) =>
        sliceTexts((ports ?? []).map(({ name, port }: Fields) => String(port ?? name ?? "*"))),
      ),
      text("Endpoints", "The addresses of the endpoints.", ({ endpoints }) =>
        sliceTexts((endpoints ?? []).flatMap(({ addresses }: Fields) => addresses ?? [])),
      ),
      age,
    ],
    rules: {
      defaults({ ports }) {
        for (const port of ports ?? []) {
          port.name ??= ""
          port.protocol ??= "TCP"
        }
      },
      generationCounts: ["addressType", "endpoints", "ports", "metadata.labels"],
      problems: sliceProblems,
    },
  }),
]
