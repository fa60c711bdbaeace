import { apiVersionOf, type Resource } from "./resource.ts"

/** What is served, group by group, in the three forms in which clients ask for it. */
export interface Discovery {
  versions(): object
  groups(): object
  group(name: string): object | undefined
  resources(group: string, version: string): object | undefined
  /** All at once; `core` or all other groups. */
  aggregated(part: "core" | "groups", version: string): object
}

const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]
/** The same, in the order in which they are told of custom kinds. */
const customVerbs = ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"]

/** Subresources that only some built-in kinds have. */
const more: Readonly<Record<string, readonly Part[]>> = {
  "/pods": [
    { name: "log", kind: "Pod", verbs: ["get"] },
    { name: "eviction", kind: "Eviction", group: "policy", version: "v1", verbs: ["create"] },
    { name: "binding", kind: "Binding", verbs: ["create"] },
  ],
  "/namespaces": [{ name: "finalize", kind: "Namespace", verbs: ["update"] }],
}

interface Part {
  name: string
  kind: string
  group?: string
  version?: string
  verbs: readonly string[]
}

/** Of built-in kinds only what differs from where they stand is told. */
const own = ({ isCustom, group, version }: Resource) => (isCustom ? { group, version } : { group: "", version: "" })

/** Built-in groups come in the order of their importance; versions are in the order of theirs. */
export function discoveryOf(all: readonly Resource[], virtual: ReadonlySet<Resource>): Discovery {
  function verbsOf(resource: Resource): readonly string[] {
    if (virtual.has(resource)) return ["create"]
    if (resource.isCustom) return customVerbs
    return resource.group === "" && resource.kind === "Namespace"
      ? verbs.filter((verb) => verb !== "deletecollection")
      : verbs
  }

  const parts = (resource: Resource): Part[] => [
    ...(more[`${resource.group}/${resource.plural}`] ?? []),
    ...(resource.scale
      ? [{ name: "scale", kind: "Scale", group: "autoscaling", version: "v1", verbs: ["get", "patch", "update"] }]
      : []),
    ...(resource.hasStatus ? [{ name: "status", kind: resource.kind, verbs: ["get", "patch", "update"] }] : []),
  ]

  const names = [...new Set(all.map(({ group }) => group))]
  const versionsOf = (group: string) =>
    [...new Set(all.filter((one) => one.group === group).map(({ version }) => version))].sort(byMaturity)
  const inVersion = (group: string, version: string) =>
    all.filter((one) => one.group === group && one.version === version)

  function groupOf(name: string) {
    const versions = versionsOf(name).map((version) => ({
      groupVersion: apiVersionOf({ group: name, version }),
      version,
    }))
    return { name, versions, preferredVersion: versions[0] }
  }

  return {
    versions: () => ({
      kind: "APIVersions",
      versions: ["v1"],
      serverAddressByClientCIDRs: [],
    }),
    groups: () => ({ kind: "APIGroupList", apiVersion: "v1", groups: names.filter(Boolean).map(groupOf) }),
    group: (name) => (names.includes(name) ? { kind: "APIGroup", apiVersion: "v1", ...groupOf(name) } : undefined),
    resources(group, version) {
      const resources = inVersion(group, version)
      if (resources.length === 0) return undefined
      return {
        kind: "APIResourceList",
        apiVersion: "v1",
        groupVersion: apiVersionOf({ group, version }),
        resources: resources.flatMap((resource) => [
          {
            name: resource.plural,
            singularName: resource.singular,
            namespaced: resource.namespaced,
            kind: resource.kind,
            verbs: verbsOf(resource),
            ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
            ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
          },
          ...parts(resource).map(({ name, ...part }) => ({
            name: `${resource.plural}/${name}`,
            singularName: "",
            namespaced: resource.namespaced,
            ...part,
          })),
        ]),
      }
    },
    aggregated: (part, version) => ({
      kind: "APIGroupDiscoveryList",
      apiVersion: `apidiscovery.k8s.io/${version}`,
      metadata: {},
      items: names
        .filter((name) => (part === "core") === (name === ""))
        .map((group) => ({
          metadata: { ...(group ? { name: group } : {}), creationTimestamp: null },
          versions: versionsOf(group).map((one) => ({
            version: one,
            freshness: "Current",
            resources: inVersion(group, one).map((resource) => ({
              resource: resource.plural,
              responseKind: { ...own(resource), kind: resource.kind },
              scope: resource.namespaced ? "Namespaced" : "Cluster",
              singularResource: resource.singular,
              verbs: verbsOf(resource),
              ...(resource.shortNames.length > 0 ? { shortNames: resource.shortNames } : {}),
              ...(resource.categories.length > 0 ? { categories: resource.categories } : {}),
              ...(parts(resource).length > 0
                ? {
                    subresources: parts(resource).map(({ name, kind, verbs: can, ...kindOf }) => ({
                      subresource: name,
                      responseKind: { ...own(resource), ...kindOf, kind },
                      verbs: can,
                    })),
                  }
                : {}),
            })),
          })),
        })),
    }),
  }
}

const VERSION = /^v(\d+)(?:(alpha|beta)(\d+))?$/
const maturity = ["alpha", "beta", undefined]

/** v2 before v1 before v1beta1 before v1alpha1, and anything else behind. */
function byMaturity(a: string, b: string): number {
  const [left, right] = [rank(a), rank(b)]
  for (const place of [0, 1, 2] as const) if (left[place] !== right[place]) return right[place] - left[place]
  return a < b ? -1 : 1
}

function rank(version: string): [number, number, number] {
  const found = VERSION.exec(version)
  if (!found) return [-1, 0, 0]
  return [maturity.indexOf(found[2]), Number(found[1]), Number(found[3] ?? 0)]
}
