import type { KubeObject } from "#api/objects.ts"
import { type BackendRef, GROUP, type GrantSpec, namespaceOf, type ObjectReference, specOf } from "./objects.ts"

export interface Unresolved {
  reason: "InvalidKind" | "RefNotPermitted" | "BackendNotFound"
  message: string
}

/** Why a route may not send requests there at all, whether or not it exists. */
export function forbidden(ref: ObjectReference, from: string, grants: readonly KubeObject[]): Unresolved | undefined {
  const { group = "", kind = "Service", name, namespace = from } = ref
  if (group !== "" || kind !== "Service") {
    return { reason: "InvalidKind", message: `${group ? `${group}/` : ""}${kind} ${name} cannot take requests` }
  }
  if (namespace === from || grants.some((grant) => permits(grant, { from, name, namespace }))) return undefined
  return {
    reason: "RefNotPermitted",
    message: `No ReferenceGrant in ${namespace} lets HTTPRoutes of ${from} use Service ${name}`,
  }
}

function permits(grant: KubeObject, wanted: { from: string; name: string; namespace: string }): boolean {
  if (namespaceOf(grant) !== wanted.namespace) return false
  const { from = [], to = [] } = (grant.spec ?? {}) as GrantSpec
  return (
    from.some(({ group, kind, namespace }) => group === GROUP && kind === "HTTPRoute" && namespace === wanted.from) &&
    to.some(({ group, kind, name }) => group === "" && kind === "Service" && (name || wanted.name) === wanted.name)
  )
}

/** The first of a route's references that leads nowhere. */
export function unresolved(
  route: KubeObject,
  grants: readonly KubeObject[],
  hasPort: (service: string, port: number | undefined) => boolean | undefined,
): Unresolved | undefined {
  const from = namespaceOf(route)
  for (const ref of referencesOf(route)) {
    const refused = forbidden(ref, from, grants)
    if (refused) return refused
    const service = serviceKey(ref, from)
    const found = hasPort(service, ref.port)
    if (found === undefined) return { reason: "BackendNotFound", message: `Service ${service} does not exist` }
    if (!found) return { reason: "BackendNotFound", message: `Service ${service} has no port ${ref.port}` }
  }
  return undefined
}

export const serviceKey = ({ namespace, name }: ObjectReference, from: string): string => `${namespace ?? from}/${name}`

function referencesOf(route: KubeObject): ObjectReference[] {
  const mirrors = ({ filters = [] }: Pick<BackendRef, "filters">) =>
    filters.flatMap(({ requestMirror }) => (requestMirror ? [requestMirror.backendRef] : []))
  return (specOf(route).rules ?? []).flatMap((rule) => [
    ...mirrors(rule),
    ...(rule.backendRefs ?? []).flatMap((ref) => [ref, ...mirrors(ref)]),
  ])
}
