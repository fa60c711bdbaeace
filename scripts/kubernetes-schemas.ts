/**
 * Writes src/sandbox/kinds/schemas.json: the shapes of the built-in kinds that the sandbox serves, without descriptions.
 * Run by hand (`npx tsx scripts/kubernetes-schemas.ts`) when the version of Kubernetes in test/cluster/control-plane/go.mod changes.
 * Needs Go: the facts are in its modules.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { type GoField, type GoFields, goTypes } from "./go-fields.ts"
import { apiModules, moduleFolder, shortName } from "./go-modules.ts"

const target = join(import.meta.dirname, "../src/sandbox/kinds/schemas.json")

const kinds: Record<string, string[]> = {
  v1: [
    "Binding ConfigMap Endpoints Event LimitRange Namespace Node PersistentVolumeClaim Pod ReplicationController",
    "ResourceQuota Secret Service ServiceAccount Status DeleteOptions",
  ],
  "apps/v1": ["ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"],
  "apiextensions.k8s.io/v1": ["CustomResourceDefinition"],
  "authentication.k8s.io/v1": ["SelfSubjectReview TokenRequest TokenReview"],
  "authorization.k8s.io/v1": [
    "LocalSubjectAccessReview SelfSubjectAccessReview SelfSubjectRulesReview SubjectAccessReview",
  ],
  "autoscaling/v1": ["HorizontalPodAutoscaler Scale"],
  "autoscaling/v2": ["HorizontalPodAutoscaler"],
  "batch/v1": ["CronJob Job"],
  "coordination.k8s.io/v1": ["Lease"],
  "discovery.k8s.io/v1": ["EndpointSlice"],
  "events.k8s.io/v1": ["Event"],
  "networking.k8s.io/v1": ["Ingress IngressClass NetworkPolicy"],
  "policy/v1": ["Eviction PodDisruptionBudget"],
  "rbac.authorization.k8s.io/v1": ["ClusterRole ClusterRoleBinding Role RoleBinding"],
  "scheduling.k8s.io/v1": ["PriorityClass"],
  "storage.k8s.io/v1": ["StorageClass"],
}

const KEPT = [
  "type",
  "format",
  "required",
  "default",
  "x-kubernetes-list-type",
  "x-kubernetes-list-map-keys",
  "x-kubernetes-map-type",
  "x-kubernetes-patch-strategy",
  "x-kubernetes-patch-merge-key",
]

interface Node {
  [key: string]: unknown
  $ref?: string
  allOf?: Node[]
  properties?: Record<string, Node>
  items?: Node
  additionalProperties?: Node | boolean
}

const kubernetes = moduleFolder("k8s.io/kubernetes")
const { fields: fieldsOf } = goTypes(apiModules())

const found = new Map<string, Node>()
const roots: Record<string, string> = {}
for (const [apiVersion, lists] of Object.entries(kinds)) {
  for (const kind of lists.join(" ").split(" ")) {
    const [name, definitions] = definitionOf(apiVersion, kind)
    roots[`${apiVersion}/${kind}`] = shortName(name)
    collect(name, definitions)
  }
}
const lines = [...found]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map((entry) => entry.map((part) => JSON.stringify(part)).join(":"))
writeFileSync(target, `{"kinds":${JSON.stringify(roots)},\n"definitions":{\n${lines.join(",\n")}\n}}\n`)

/** Kinds that are only subresources (tokens, scales, evictions) stand with what they belong to. */
function definitionOf(apiVersion: string, kind: string): [name: string, all: Record<string, Node>] {
  for (const definitions of [definitionsOf(apiVersion), definitionsOf("v1")]) {
    const name = Object.keys(definitions).find((name) => isOfKind(definitions[name]!, apiVersion, kind))
    if (name) return [name, definitions]
  }
  throw new Error(`no ${kind} in ${apiVersion}`)
}

function definitionsOf(apiVersion: string): Record<string, Node> {
  const file = apiVersion === "v1" ? "api__v1" : `apis__${apiVersion.replace("/", "__")}`
  const path = join(kubernetes, "api/openapi-spec/v3", `${file}_openapi.json`)
  if (!existsSync(path))
    throw new Error(`${path} is missing: does this version of Kubernetes still serve ${apiVersion}?`)
  return JSON.parse(readFileSync(path, "utf8")).components.schemas
}

function isOfKind(definition: Node, apiVersion: string, kind: string): boolean {
  const own = (definition["x-kubernetes-group-version-kind"] ?? []) as {
    group: string
    version: string
    kind: string
  }[]
  return own.some((gvk) => gvk.kind === kind && [gvk.group, gvk.version].filter(Boolean).join("/") === apiVersion)
}

function collect(name: string, definitions: Record<string, Node>): void {
  const short = shortName(name)
  if (found.has(short)) return
  found.set(short, {})
  const definition = definitions[name]!
  found.set(short, compact(definition, definitions, fieldsOf(name)))
}

function compact(node: Node, definitions: Record<string, Node>, fields: GoFields = new Map()): Node {
  const ref = node.$ref ?? node.allOf?.[0]?.$ref
  const out: Node = {}
  if (ref) {
    const name = ref.slice("#/components/schemas/".length)
    collect(name, definitions)
    out.$ref = shortName(name)
  }
  for (const key of KEPT) if (key in node) out[key] = node[key]
  // Quantities are the only values that are a number or a string.
  if (node.oneOf) Object.assign(out, { "x-kubernetes-int-or-string": true, format: node.format ?? "quantity" })
  if (node.items) out.items = element(node.items, definitions)
  if (typeof node.additionalProperties === "object") {
    out.additionalProperties = element(node.additionalProperties, definitions)
  }
  if (node.properties) {
    const properties = Object.entries(node.properties).map(([name, property]) => {
      const compacted = compact(property, definitions)
      return [name, withGo(compacted, fields.get(name))]
    })
    out.properties = Object.fromEntries(properties)
  }
  return out
}

function element(node: Node, definitions: Record<string, Node>): Node {
  const { default: _, ...rest } = compact(node, definitions)
  return rest
}

function withGo(property: Node, field: GoField | undefined): Node {
  const { default: value, ...rest } = { ...property, ...goSays(property, field) }
  const isNeverShown = field?.isOmitted && !field.isPointer && (value === 0 || value === false || value === "")
  return value === undefined || isNeverShown ? rest : { ...rest, default: value }
}

/** What an object shows where nothing was given; and which fields show a given zero. */
function goSays(property: Node, field: GoField | undefined): Node {
  if (!field) return {}
  const { isPointer, isOmitted, isOmittedStruct } = field
  const { $ref, type } = property
  if (!$ref && isPointer) return { pointer: true }
  if ($ref?.endsWith("Time")) return isPointer || isOmittedStruct ? {} : { default: null }
  if ($ref === "resource.Quantity") return isPointer ? {} : { default: "0" }
  if ($ref === "intstr.IntOrString") return isPointer ? {} : { default: 0 }
  const isCollection = type === "array" || (type === "object" && property.additionalProperties)
  return isCollection && !isOmitted ? { default: null } : {}
}
