import { describe, expect, it } from "vitest"
import { administrator, type User } from "./access.ts"
import { actingUser } from "./impersonation.ts"
import { createStore } from "./store.ts"

const visitor: User = { name: "visitor", groups: ["system:authenticated"] }

const acting = (user: User, name?: string, ...groups: string[]): User => {
  const headersDistinct = {
    ...(name ? { "impersonate-user": [name] } : {}),
    ...(groups.length > 0 ? { "impersonate-group": groups } : {}),
  }
  return actingUser(user, { headersDistinct }, createStore())
}

describe("whoever may do everything", () => {
  it("acts as nobody else unless asked to", () => {
    expect(acting(administrator)).toBe(administrator)
  })

  it("acts as any user, who has proved who they are", () => {
    expect(acting(administrator, "bob")).toEqual({ name: "bob", groups: ["system:authenticated"] })
    expect(acting(administrator, "bob", "a", "b").groups).toEqual(["a", "b", "system:authenticated"])
    expect(acting(administrator, "bob", "system:authenticated").groups).toEqual(["system:authenticated"])
  })

  it("acts as a service account with its groups", () => {
    const name = "system:serviceaccount:shop:till"
    const own = ["system:serviceaccounts", "system:serviceaccounts:shop", "system:authenticated"]
    expect(acting(administrator, name)).toEqual({ name, groups: own })
    expect(acting(administrator, name, "a").groups).toEqual(["a", "system:authenticated"])
  })

  it("acts as nobody known", () => {
    expect(acting(administrator, "system:anonymous").groups).toEqual(["system:unauthenticated"])
    expect(acting(administrator, "bob", "system:unauthenticated").groups).toEqual(["system:unauthenticated"])
  })

  it("cannot act as a group without a user", () => {
    expect(() => acting(administrator, undefined, "a")).toThrow("requested groups a without impersonating a user")
  })
})

describe("whoever has no right to it", () => {
  it("cannot act as others", () => {
    const cannot = 'User "visitor" cannot impersonate resource'
    const somewhere = 'in API group "" at the cluster scope'
    expect(() => acting(visitor, "bob")).toThrow(`users "bob" is forbidden: ${cannot} "users" ${somewhere}`)
    expect(() => acting(visitor, "system:serviceaccount:shop:till")).toThrow(
      `serviceaccounts "till" is forbidden: ${cannot} "serviceaccounts" in API group "" in the namespace "shop"`,
    )
  })

  it("cannot act as a group, though it may as the user", () => {
    const store = createStore()
    const rule = { apiGroups: [""], resources: ["users"], resourceNames: ["bob"], verbs: ["impersonate"] }
    const rbac = "rbac.authorization.k8s.io"
    const kept = (kind: string, fields: object) =>
      store.put(`${kind.toLowerCase()}s.${rbac}`, "bobs", {
        apiVersion: `${rbac}/v1`,
        kind,
        metadata: { name: "bobs" },
        ...fields,
      })
    kept("ClusterRole", { rules: [rule] })
    kept("ClusterRoleBinding", {
      roleRef: { kind: "ClusterRole", name: "bobs" },
      subjects: [{ kind: "User", name: "visitor" }],
    })
    const asked = (groups: string[]) =>
      actingUser(visitor, { headersDistinct: { "impersonate-user": ["bob"], "impersonate-group": groups } }, store)
    expect(asked([])).toEqual({ name: "bob", groups: ["system:authenticated"] })
    expect(() => asked(["system:masters"])).toThrow('groups "system:masters" is forbidden')
  })
})
