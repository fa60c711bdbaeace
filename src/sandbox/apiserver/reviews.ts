import type { KubeObject } from "#api/objects.ts"
import type { FieldProblem, Schema } from "../schema/schema.ts"
import { type Attempt, isPathAllowed, type Rule, ruleFor, rulesFor, type User } from "./access.ts"
import { badRequest, invalid } from "./refusal.ts"
import type { Resource } from "./resource.ts"
import type { Store } from "./store.ts"

/** Questions about rights: objects that are answered and not kept. */
export interface Review {
  resource: Resource
  answer(question: KubeObject, asker: Asker): KubeObject
}

export interface Asker {
  store: Store
  user: User
  namespace: string | undefined
  userOfToken(token: string): User | undefined
}

type Answer = (question: KubeObject, asker: Asker) => Record<string, unknown>

/** All that can be asked; `schemaOf` knows the shapes. */
export function reviews(schemaOf: (group: string, version: string, kind: string) => Schema): Review[] {
  const review = (group: string, kind: string, answer: Answer, namespaced = false): Review => ({
    resource: {
      group,
      version: "v1",
      kind,
      plural: `${kind.toLowerCase()}s`,
      singular: kind.toLowerCase(),
      shortNames: [],
      categories: [],
      namespaced,
      schema: schemaOf(group, "v1", kind),
      isCustom: false,
      hasStatus: false,
      columns: [],
      rules: { generationCounts: null },
    },
    answer: (question, asker) => ({ ...question, status: answer(question, asker) }),
  })
  const [authentication, authorization] = ["authentication.k8s.io", "authorization.k8s.io"]
  return [
    review(authentication, "TokenReview", tokenReview),
    review(authentication, "SelfSubjectReview", (_, { user }) => ({ userInfo: userInfo(user) })),
    review(authorization, "SubjectAccessReview", ({ spec }, asker) =>
      verdict(spec, subjectOf(spec), asker.store, nobodyIn(spec)),
    ),
    review(authorization, "SelfSubjectAccessReview", ({ spec }, { user, store }) => verdict(spec, user, store)),
    review(authorization, "LocalSubjectAccessReview", localReview, true),
    review(authorization, "SelfSubjectRulesReview", rulesReview),
  ]
}

function tokenReview({ spec }: KubeObject, { userOfToken }: Asker) {
  if (!spec?.token) {
    throw badRequest("token is required for TokenReview in authentication")
  }
  const user = userOfToken(spec.token)
  if (!user) return { user: {}, error: "invalid bearer token" }
  return { authenticated: true, user: userInfo(user), audiences: spec.audiences ?? ["https://sandbox"] }
}

const userInfo = ({ name, uid, groups }: User) => ({ username: name, ...(uid ? { uid } : {}), groups })

interface AccessSpec {
  user?: string
  groups?: string[]
  uid?: string
  resourceAttributes?: {
    verb?: string
    group?: string
    resource?: string
    subresource?: string
    namespace?: string
    name?: string
  }
  nonResourceAttributes?: { verb?: string; path?: string }
}

const subjectOf = ({ user = "", groups = [], uid = "" }: AccessSpec = {}): User => ({ name: user, uid, groups })

/** A question about others has to say whom it means. */
const nobodyIn = ({ user, groups }: AccessSpec = {}): FieldProblem[] =>
  user || groups?.length
    ? []
    : [
        {
          field: "spec.user",
          type: "Invalid value",
          value: "",
          detail: "at least one of user or group must be specified",
        },
      ]

function verdict(spec: AccessSpec = {}, user: User, store: Store, problems: FieldProblem[] = []) {
  const { resourceAttributes, nonResourceAttributes } = spec
  if (Boolean(resourceAttributes) === Boolean(nonResourceAttributes)) {
    throw invalid({ group: "authorization.k8s.io", kind: "SubjectAccessReview" }, "", [
      {
        field: "spec.resourceAttributes",
        type: "Invalid value",
        value: resourceAttributes ?? null,
        detail: "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      },
      ...problems,
    ])
  }
  if (problems.length > 0) throw invalid({ group: "authorization.k8s.io", kind: "SubjectAccessReview" }, "", problems)
  if (nonResourceAttributes) {
    const { verb = "", path = "" } = nonResourceAttributes
    return { allowed: isPathAllowed(rulesFor(store, user, undefined), verb, path) }
  }
  const { verb = "", group = "", resource = "", subresource, namespace, name } = resourceAttributes!
  const attempt: Attempt = {
    verb,
    group,
    resource,
    subresource: subresource || undefined,
    namespace: namespace || undefined,
    name,
  }
  const rule = ruleFor(rulesFor(store, user, attempt.namespace), attempt)
  return { allowed: rule !== undefined, ...(rule?.by ? { reason: rule.by } : {}) }
}

function localReview({ spec, metadata }: KubeObject, { store, namespace }: Asker) {
  const asked: string | undefined = spec?.resourceAttributes?.namespace
  if (asked !== (namespace ?? metadata.namespace)) {
    throw invalid({ group: "authorization.k8s.io", kind: "LocalSubjectAccessReview" }, "", [
      {
        field: "spec.resourceAttributes.namespace",
        type: "Invalid value",
        value: asked ?? "",
        detail: "must match metadata.namespace",
      },
    ])
  }
  return verdict(spec, subjectOf(spec), store, nobodyIn(spec))
}

function rulesReview({ spec }: KubeObject, { user, store }: Asker) {
  if (!spec?.namespace) throw badRequest("no namespace on request")
  const rules = rulesFor(store, user, spec?.namespace)
  return {
    resourceRules: rules.filter(({ resources }) => resources).map(withoutGiver),
    nonResourceRules: rules.filter(({ nonResourceURLs }) => nonResourceURLs).map(withoutGiver),
    incomplete: false,
  }
}

function withoutGiver(rule: Rule): Rule {
  const { by: _, ...told } = rule
  return told
}
