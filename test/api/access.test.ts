import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { type Api, connect, problemsOf, refusal } from "./http.ts"
import { fresh, it as plain } from "./it.ts"
import { configMap, labelled } from "./objects.ts"
import type { Space } from "./paths.ts"

const it = plain.extend("stranger", { scope: "file" }, ({ target, agent }) => connect(target.url, agent, "nobody's"))

const rbac = "rbac.authorization.k8s.io"
const forbidden = (message: string, details?: object) => refusal(403, "Forbidden", message, { ...details })

describe.concurrent("who comes without a token", () => {
  it("is anonymous and may see only that the server is there", async ({ anonymous }) => {
    for (const path of ["/version", "/healthz", "/livez", "/readyz"])
      expect((await anonymous.get(path)).status).toBe(200)
    const text =
      'pods is forbidden: User "system:anonymous" cannot list resource "pods" in API group "" at the cluster scope'
    expect(await anonymous.get("/api/v1/pods")).toMatchObject(forbidden(text, { kind: "pods" }))
    const apis = 'forbidden: User "system:anonymous" cannot get path "/apis"'
    expect(await anonymous.get("/apis")).toMatchObject(forbidden(apis, {}))
  })

  it("is refused with a token that nobody knows", async ({ stranger }) => {
    expect(await stranger.get("/api/v1/pods")).toMatchObject(refusal(401, "Unauthorized", "Unauthorized"))
    expect(await stranger.get("/version")).toMatchObject({ status: 401 })
  })
})

describe.concurrent("a user without rights", () => {
  it("may look around", async ({ visitor }) => {
    for (const path of ["/api", "/apis", "/api/v1", "/apis/apps/v1", "/openapi/v3", "/version"]) {
      expect((await visitor.get(path)).status).toBe(200)
    }
  })

  it("is told what was forbidden", async ({ visitor, space }) => {
    const here = `in API group "" in the namespace "${space.name}"`
    const cannot = (verb: string, resource = "configmaps") =>
      `User "visitor" cannot ${verb} resource "${resource}" ${here}`
    const maps = space.at("configmaps")
    expect(await visitor.get(maps)).toMatchObject(
      forbidden(`configmaps is forbidden: ${cannot("list")}`, { kind: "configmaps" }),
    )
    expect(await visitor.get(`${maps}?watch=1`)).toMatchObject(forbidden(`configmaps is forbidden: ${cannot("watch")}`))
    expect(await visitor.create(maps, configMap("a"))).toMatchObject(
      forbidden(`configmaps is forbidden: ${cannot("create")}`),
    )
    expect(await visitor.send("DELETE", maps)).toMatchObject(
      forbidden(`configmaps is forbidden: ${cannot("deletecollection")}`),
    )
    const named = `configmaps "a" is forbidden`
    expect(await visitor.get(`${maps}/a`)).toMatchObject(
      forbidden(`${named}: ${cannot("get")}`, { name: "a", kind: "configmaps" }),
    )
    expect(await visitor.replace(`${maps}/a`, {})).toMatchObject(forbidden(`${named}: ${cannot("update")}`))
    expect(await visitor.patch(`${maps}/a`, "merge", {})).toMatchObject(forbidden(`${named}: ${cannot("patch")}`))
    expect(await visitor.delete(`${maps}/a`)).toMatchObject(forbidden(`${named}: ${cannot("delete")}`))
  })

  it("is told the group, the subresource and the scope", async ({ visitor, space }) => {
    const scale =
      'deployments.apps "a" is forbidden: User "visitor" cannot patch resource "deployments/scale" ' +
      `in API group "apps" in the namespace "${space.name}"`
    const details = { name: "a", group: "apps", kind: "deployments" }
    expect(await visitor.patch(space.at("deployments", "a", "scale"), "merge", {})).toMatchObject(
      forbidden(scale, details),
    )
    expect(await visitor.get("/apis/apps/v1/deployments")).toMatchObject(
      forbidden(
        'deployments.apps is forbidden: User "visitor" cannot list resource "deployments" in API group "apps" ' +
          "at the cluster scope",
      ),
    )
    expect(await visitor.get("/metrics")).toMatchObject(
      forbidden('forbidden: User "visitor" cannot get path "/metrics"'),
    )
  })

  it("learns nothing about what is there", async ({ visitor, space }) => {
    expect((await visitor.get(space.at("configmaps", "nothing"))).status).toBe(403)
    expect((await visitor.get("/apis/nonsense/v1/things")).status).toBe(403)
  })
})

/** Gives the visitor these rights in this namespace. The real server learns of that a moment later. */
async function grant(api: Api, space: Space, rules: object[], subject: object = { kind: "User", name: "visitor" }) {
  await api.given(space.at("roles"), { metadata: { name: "shop" }, rules })
  await api.given(space.at("rolebindings"), {
    metadata: { name: "shop" },
    roleRef: { apiGroup: rbac, kind: "Role", name: "shop" },
    subjects: [subject],
  })
}

describe.concurrent("roles", () => {
  const reading = { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] }

  it("give their rights and no others", async ({ api, visitor, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    await grant(api, space, [reading])
    await eventually("it may", async () => (await visitor.get(space.at("configmaps"))).status === 200)
    expect((await visitor.get(space.at("configmaps", "a"))).status).toBe(200)
    expect((await visitor.create(space.at("configmaps"), configMap("b"))).status).toBe(403)
    expect((await visitor.get(space.at("secrets"))).status).toBe(403)
    expect((await visitor.get("/api/v1/namespaces/default/configmaps")).status).toBe(403)
  })

  it("give rights to groups", async ({ api, visitor, space }) => {
    await grant(api, space, [reading], { kind: "Group", name: "visitors" })
    await eventually("it may", async () => (await visitor.get(space.at("configmaps"))).status === 200)
  })

  it("give rights to single objects", async ({ api, visitor, space }) => {
    for (const name of ["mine", "theirs"]) await api.given(space.at("configmaps"), labelled(name, {}))
    await grant(api, space, [
      { apiGroups: [""], resources: ["configmaps"], resourceNames: ["mine"], verbs: ["get", "list", "watch"] },
    ])
    await eventually("it may", async () => (await visitor.get(space.at("configmaps", "mine"))).status === 200)
    expect((await visitor.get(space.at("configmaps", "theirs"))).status).toBe(403)
    expect((await visitor.get(space.at("configmaps"))).status).toBe(403)
    const one = `${space.at("configmaps")}?fieldSelector=metadata.name=mine`
    expect((await visitor.get(one)).status).toBe(200)
  })

  it("give rights to subresources apart", async ({ api, visitor, space }) => {
    await grant(api, space, [{ apiGroups: ["apps"], resources: ["deployments/scale"], verbs: ["*"] }])
    await eventually("it may", async () => (await visitor.get(space.at("deployments", "a", "scale"))).status === 404)
    expect((await visitor.get(space.at("deployments", "a"))).status).toBe(403)
  })

  it("are given by cluster roles in one namespace", async ({ api, visitor, space }) => {
    const name = fresh("role")
    await api.given(`/apis/${rbac}/v1/clusterroles`, { metadata: { name }, rules: [{ ...reading, apiGroups: ["*"] }] })
    await api.given(space.at("rolebindings"), {
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
      subjects: [{ kind: "User", name: "visitor" }],
    })
    await eventually("it may", async () => (await visitor.get(space.at("configmaps"))).status === 200)
    expect((await visitor.get("/api/v1/configmaps")).status).toBe(403)
    await api.delete(space.at("rolebindings", name))
    await eventually("it may no longer", async () => (await visitor.get(space.at("configmaps"))).status === 403)
  })

  it("are given by cluster roles everywhere", async ({ api, visitor, space }) => {
    const name = fresh("role")
    const rule = { apiGroups: [`${name}.example.com`], resources: ["things"], verbs: ["list"] }
    await api.given(`/apis/${rbac}/v1/clusterroles`, { metadata: { name }, rules: [rule] })
    await api.given(`/apis/${rbac}/v1/clusterrolebindings`, {
      metadata: { name },
      roleRef: { apiGroup: rbac, kind: "ClusterRole", name },
      subjects: [{ kind: "User", name: "visitor" }],
    })
    const things = `/apis/${name}.example.com/v1/things`
    await eventually("it may, though there are none", async () => (await visitor.get(things)).status === 404)
    expect((await visitor.get(space.of(`${name}.example.com/v1`, "things"))).status).toBe(404)
    await api.delete(`/apis/${rbac}/v1/clusterrolebindings/${name}`)
    await api.delete(`/apis/${rbac}/v1/clusterroles/${name}`)
  })

  it("name the group of users and groups that they are given to", async ({ api, space }) => {
    await grant(api, space, [reading])
    const { subjects } = await api.read(space.at("rolebindings", "shop"))
    expect(subjects).toEqual([{ kind: "User", apiGroup: rbac, name: "visitor" }])
  })

  it("are complete", async ({ api, space }) => {
    const rules = [{ apiGroups: [""], resources: ["configmaps"] }, { verbs: ["get"] }]
    expect(problemsOf(await api.create(space.at("roles"), { metadata: { name: "a" }, rules }))).toEqual([
      "rules[0].verbs: Required value: verbs must contain at least one value",
      "rules[1].apiGroups: Required value: resource rules must supply at least one api group",
      "rules[1].resources: Required value: resource rules must supply at least one resource",
    ])
  })
})

const reviewOf = (kind: string) => `/apis/authorization.k8s.io/v1/${kind.toLowerCase()}s`
const ofPods = (namespace: string, verb = "get") => ({ resourceAttributes: { namespace, verb, resource: "pods" } })

describe.concurrent("reviews", () => {
  it("tell who a token belongs to", async ({ api, target }) => {
    const path = "/apis/authentication.k8s.io/v1/tokenreviews"
    const { status, body } = await api.create(path, { spec: { token: target.visitorToken } })
    expect(status).toBe(201)
    expect(body.status).toMatchObject({
      authenticated: true,
      user: { username: "visitor", groups: ["visitors", "system:authenticated"] },
    })
    const unknown = await api.create(path, { spec: { token: "nope" } })
    expect(unknown.body.status).toEqual({ user: {}, error: "invalid bearer token" })
    const text = "token is required for TokenReview in authentication"
    expect(await api.create(path, { spec: {} })).toMatchObject(refusal(400, "BadRequest", text))
  })

  it("tell users who they are", async ({ visitor }) => {
    const answer = await visitor.create("/apis/authentication.k8s.io/v1/selfsubjectreviews", {})
    expect(answer).toMatchObject({
      status: 201,
      body: {
        kind: "SelfSubjectReview",
        status: { userInfo: { username: "visitor", groups: ["visitors", "system:authenticated"] } },
      },
    })
  })

  it("tell what a user may", async ({ api, space }) => {
    const review = async (spec: object) => (await api.create(reviewOf("SubjectAccessReview"), { spec })).body.status
    expect(await review({ user: "visitor", ...ofPods(space.name) })).toEqual({ allowed: false })
    expect(await review({ user: "x", groups: ["system:masters"], ...ofPods(space.name) })).toMatchObject({
      allowed: true,
    })
    const nonResourceAttributes = { verb: "get", path: "/version" }
    expect(await review({ user: "x", groups: ["system:authenticated"], nonResourceAttributes })).toMatchObject({
      allowed: true,
    })
  })

  it("tell users what they may, and by which binding", async ({ api, visitor, space }) => {
    const review = async (verb: string) =>
      (await visitor.create(reviewOf("SelfSubjectAccessReview"), { spec: ofPods(space.name, verb) })).body.status
    expect(await review("get")).toEqual({ allowed: false })
    await grant(api, space, [{ apiGroups: [""], resources: ["pods"], verbs: ["get"] }])
    await eventually("it may", async () => (await review("get")).allowed)
    expect(await review("get")).toEqual({
      allowed: true,
      reason: `RBAC: allowed by RoleBinding "shop/${space.name}" of Role "shop" to User "visitor"`,
    })
    expect(await review("delete")).toEqual({ allowed: false })
  })

  it("tell users all that they may in a namespace", async ({ api, visitor, space }) => {
    const rule = { verbs: ["get"], apiGroups: [""], resources: ["pods"] }
    await grant(api, space, [rule])
    const rules = async () =>
      (await visitor.create(reviewOf("SelfSubjectRulesReview"), { spec: { namespace: space.name } })).body.status
    await eventually("the rule is known", async () => (await rules()).resourceRules.length > 2)
    const { resourceRules, nonResourceRules, incomplete } = await rules()
    expect(incomplete).toBe(false)
    expect(resourceRules).toContainEqual(rule)
    expect(resourceRules).toContainEqual({
      verbs: ["create"],
      apiGroups: ["authorization.k8s.io"],
      resources: ["selfsubjectaccessreviews", "selfsubjectrulesreviews"],
    })
    expect(nonResourceRules).toContainEqual(
      expect.objectContaining({ nonResourceURLs: expect.arrayContaining(["/apis/*"]) }),
    )
  })

  it("tell about one namespace to those who may ask there", async ({ api, space }) => {
    const path = space.at("localsubjectaccessreviews")
    const { status, body } = await api.create(path, { spec: { user: "visitor", ...ofPods(space.name) } })
    expect({ status, allowed: body.status.allowed }).toEqual({ status: 201, allowed: false })
    expect(problemsOf(await api.create(path, { spec: { user: "visitor", ...ofPods("elsewhere") } }))).toEqual([
      'spec.resourceAttributes.namespace: Invalid value: "elsewhere": must match metadata.namespace',
    ])
  })

  it("are complete questions", async ({ api }) => {
    expect(problemsOf(await api.create(reviewOf("SubjectAccessReview"), { spec: {} }))).toEqual([
      "spec.resourceAttributes: Invalid value: null: exactly one of nonResourceAttributes or resourceAttributes must be specified",
      'spec.user: Invalid value: "": at least one of user or group must be specified',
    ])
    const text = "no namespace on request"
    expect(await api.create(reviewOf("SelfSubjectRulesReview"), { spec: {} })).toMatchObject(
      refusal(400, "BadRequest", text),
    )
  })

  it("about others are not for everybody", async ({ visitor, anonymous }) => {
    const others = await visitor.create(reviewOf("SubjectAccessReview"), { spec: { user: "x" } })
    expect(others).toMatchObject({ status: 403, body: { reason: "Forbidden" } })
    expect((await anonymous.create(reviewOf("SelfSubjectAccessReview"), { spec: {} })).status).toBe(403)
  })

  it("are not kept", async ({ api }) => {
    expect((await api.get(reviewOf("SubjectAccessReview"))).status).toBe(405)
  })
})
