import type { IncomingMessage } from "node:http"
import { type Attempt, isAllowed, refusalText, rulesFor, type User } from "./access.ts"
import { badRequest, forbidden } from "./refusal.ts"
import type { Store } from "./store.ts"

const authenticated = "system:authenticated"
const unauthenticated = "system:unauthenticated"

/** As whom somebody acts: who may can ask to be treated as another user, as `kubectl --as` does. */
export function actingUser(
  user: User,
  { headersDistinct }: Pick<IncomingMessage, "headersDistinct">,
  store: Store,
): User {
  const [name] = headersDistinct["impersonate-user"] ?? []
  const groups = headersDistinct["impersonate-group"] ?? []
  if (!name) {
    if (groups.length > 0) throw badRequest(`requested groups ${groups.join(", ")} without impersonating a user`)
    return user
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(name)
  const as = (resource: string, name: string, namespace?: string): Attempt => ({
    verb: "impersonate",
    group: "",
    resource,
    name,
    namespace,
  })
  refuse(user, account ? as("serviceaccounts", account[2]!, account[1]) : as("users", name), store)
  for (const group of groups) refuse(user, as("groups", group), store)
  return { name, groups: withUsual(name, groups.length === 0 && account ? groupsOfAccount(account[1]!) : groups) }
}

function refuse(user: User, attempt: Attempt, store: Store): void {
  if (isAllowed(rulesFor(store, user, attempt.namespace), attempt)) return
  throw forbidden({ group: attempt.group, plural: attempt.resource }, attempt.name!, refusalText(user, attempt))
}

const groupsOfAccount = (namespace: string): string[] => [
  "system:serviceaccounts",
  `system:serviceaccounts:${namespace}`,
]

function withUsual(name: string, groups: readonly string[]): readonly string[] {
  if (groups.includes(unauthenticated)) return groups
  if (name === "system:anonymous") return [...groups, unauthenticated]
  return groups.includes(authenticated) ? groups : [...groups, authenticated]
}
