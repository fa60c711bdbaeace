import type { KubeObject } from "#api/objects.ts"
import type { Store } from "./store.ts"

export interface User {
  name: string
  uid?: string
  groups: readonly string[]
}

export const administrator: User = { name: "admin", groups: ["system:masters", "system:authenticated"] }
export const anonymous: User = { name: "system:anonymous", groups: ["system:unauthenticated"] }

/** What somebody wants to do. */
export interface Attempt {
  verb: string
  group: string
  resource: string
  subresource?: string | undefined
  namespace?: string | undefined
  name?: string | undefined
}

export interface Rule {
  /** Who gave it, as reviews tell. */
  by?: string
  verbs?: readonly string[]
  apiGroups?: readonly string[]
  resources?: readonly string[]
  resourceNames?: readonly string[]
  nonResourceURLs?: readonly string[]
}

const rbac = "rbac.authorization.k8s.io"

/** Everything that roles allow somebody, somewhere; in all namespaces when none is given. */
export function rulesFor(store: Store, user: User, namespace: string | undefined): Rule[] {
  if (user.groups.includes("system:masters")) {
    return [
      { verbs: ["*"], apiGroups: ["*"], resources: ["*"] },
      { verbs: ["*"], nonResourceURLs: ["*"] },
    ]
  }
  const bindings = [
    ...store.list(`clusterrolebindings.${rbac}`),
    ...store.list(`rolebindings.${rbac}`).filter(({ metadata }) => namespace && metadata.namespace === namespace),
  ]
  const given = bindings.flatMap((binding) => rulesBy(store, binding, user))
  return user.groups.includes("system:authenticated") ? [...everybodys, ...given] : given
}

const reviews = ["selfsubjectaccessreviews", "selfsubjectrulesreviews"]
/** What everybody who has proved who they are may do. */
const everybodys: readonly Rule[] = [
  { verbs: ["create"], apiGroups: ["authorization.k8s.io"], resources: reviews },
  { verbs: ["create"], apiGroups: ["authentication.k8s.io"], resources: ["selfsubjectreviews"] },
  {
    verbs: ["get"],
    nonResourceURLs: [
      "/api",
      "/api/*",
      "/apis",
      "/apis/*",
      "/healthz",
      "/livez",
      "/openapi",
      "/openapi/*",
      "/readyz",
      "/version",
      "/version/",
    ],
  },
]

interface Subject {
  kind: string
  name: string
  namespace?: string
}

/** What a binding gives to somebody. */
function rulesBy(store: Store, binding: KubeObject, user: User): Rule[] {
  const subject = subjectIn(binding, user)
  if (!subject) return []
  const { kind, metadata, roleRef } = binding
  const name = metadata.namespace ? `${metadata.name}/${metadata.namespace}` : metadata.name
  const by = `RBAC: allowed by ${kind} "${name}" of ${roleRef.kind} "${roleRef.name}" to ${subject.kind} "${subject.name}"`
  return roleOf(store, binding).map((rule) => ({ ...rule, by }))
}

function subjectIn(binding: KubeObject, user: User): Subject | undefined {
  const subjects = (binding["subjects"] ?? []) as Subject[]
  return subjects.find(({ kind, name, namespace = binding.metadata.namespace }) => {
    if (kind === "Group") return user.groups.includes(name)
    return user.name === (kind === "ServiceAccount" ? `system:serviceaccount:${namespace}:${name}` : name)
  })
}

function roleOf(store: Store, { roleRef, metadata }: KubeObject): Rule[] {
  const role =
    roleRef.kind === "Role"
      ? store.get(`roles.${rbac}`, `${metadata.namespace}/${roleRef.name}`)
      : store.get(`clusterroles.${rbac}`, roleRef.name)
  return (role?.["rules"] ?? []) as Rule[]
}

const includes = (list: readonly string[] | undefined, word: string): boolean =>
  list?.some((one) => one === "*" || one === word) ?? false

export const isAllowed = (rules: readonly Rule[], attempt: Attempt): boolean => ruleFor(rules, attempt) !== undefined

/** The rule that allows it. */
export function ruleFor(rules: readonly Rule[], attempt: Attempt): Rule | undefined {
  const { verb, group, resource, subresource, name = "" } = attempt
  const word = subresource ? `${resource}/${subresource}` : resource
  return rules.find(
    (rule) =>
      includes(rule.verbs, verb) &&
      includes(rule.apiGroups, group) &&
      (includes(rule.resources, word) || (subresource !== undefined && includes(rule.resources, `*/${subresource}`))) &&
      (!rule.resourceNames?.length || rule.resourceNames.includes(name)),
  )
}

export function isPathAllowed(rules: readonly Rule[], verb: string, path: string): boolean {
  const fits = (pattern: string) => pattern === path || (pattern.endsWith("*") && path.startsWith(pattern.slice(0, -1)))
  return rules.some((rule) => includes(rule.verbs, verb) && rule.nonResourceURLs?.some(fits))
}

/** Why not, in the server's words. */
export function refusalText(user: User, { verb, group, resource, subresource, namespace }: Attempt): string {
  const word = subresource ? `${resource}/${subresource}` : resource
  const where = namespace ? ` in the namespace ${JSON.stringify(namespace)}` : " at the cluster scope"
  return `User ${JSON.stringify(user.name)} cannot ${verb} resource ${JSON.stringify(word)} in API group ${JSON.stringify(group)}${where}`
}
