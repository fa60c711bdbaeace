import { isDeepStrictEqual } from "node:util"
import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { crds as ourCrds } from "../cluster/crds.ts"
import { definition, establish, freshGroup, itWith, objectOf } from "./crds.ts"
import { refusal } from "./http.ts"

const aggregated = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
const everyVerb = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"]

const group = freshGroup()
const gauge = definition({
  group,
  kind: "Gauge",
  names: { shortNames: ["gg"], categories: ["all", "meters"] },
  versions: [
    {
      name: "v1beta1",
      schema: objectOf({ max: { type: "integer", description: "How much it can show" } }),
      subresources: { status: {}, scale: { specReplicasPath: ".spec.max", statusReplicasPath: ".status.max" } },
    },
    { name: "v1", schema: objectOf({ max: { type: "integer" } }) },
  ],
})
const it = itWith(gauge)

type Named = { name: string }
const byName = (items: Named[], wanted: string): any => items.find(({ name }) => name === wanted)
const groupNamed = (items: { metadata: Named }[], wanted: string): any =>
  items.find(({ metadata }) => metadata.name === wanted)
const resourceNamed = (items: { resource: string }[], wanted: string): any =>
  items.find(({ resource }) => resource === wanted)

describe.concurrent("legacy discovery", () => {
  it("lists the versions of the core group", async ({ api }) => {
    expect(await api.read("/api")).toMatchObject({ kind: "APIVersions", versions: ["v1"] })
  })

  it("lists groups with their versions and the preferred one", async ({ api }) => {
    const { kind, apiVersion, groups } = await api.read("/apis")
    expect({ kind, apiVersion }).toEqual({ kind: "APIGroupList", apiVersion: "v1" })
    const apps = { groupVersion: "apps/v1", version: "v1" }
    expect(groups).toContainEqual({ name: "apps", versions: [apps], preferredVersion: apps })
  })

  it("prefers the newest stable version of a group", async ({ api }) => {
    const { groups } = await api.read("/apis")
    const { preferredVersion } = byName(groups, "autoscaling")
    expect(preferredVersion).toEqual({ groupVersion: "autoscaling/v2", version: "v2" })
  })

  it("describes one group", async ({ api }) => {
    const apps = { groupVersion: "apps/v1", version: "v1" }
    const group = { kind: "APIGroup", apiVersion: "v1", name: "apps", versions: [apps], preferredVersion: apps }
    expect(await api.read("/apis/apps")).toEqual(group)
  })

  it("tells of every resource which verbs and short names it has", async ({ api }) => {
    const { kind, groupVersion, resources } = await api.read("/api/v1")
    expect({ kind, groupVersion }).toEqual({ kind: "APIResourceList", groupVersion: "v1" })
    expect(byName(resources, "configmaps")).toMatchObject({
      name: "configmaps",
      singularName: "configmap",
      namespaced: true,
      kind: "ConfigMap",
      verbs: everyVerb,
      shortNames: ["cm"],
    })
  })

  it("tells that namespaces belong to no namespace and cannot be deleted together", async ({ api }) => {
    const { resources } = await api.read("/api/v1")
    const { namespaced, verbs } = byName(resources, "namespaces")
    expect({ namespaced, verbs }).toEqual({
      namespaced: false,
      verbs: everyVerb.filter((verb) => verb !== "deletecollection"),
    })
  })

  it("lists subresources, and the kind that a scale has", async ({ api }) => {
    const { resources } = await api.read("/apis/apps/v1")
    expect(byName(resources, "deployments/status")).toEqual({
      name: "deployments/status",
      singularName: "",
      namespaced: true,
      kind: "Deployment",
      verbs: ["get", "patch", "update"],
    })
    expect(byName(resources, "deployments/scale")).toEqual({
      name: "deployments/scale",
      singularName: "",
      namespaced: true,
      group: "autoscaling",
      version: "v1",
      kind: "Scale",
      verbs: ["get", "patch", "update"],
    })
  })

  it("puts pods, services and deployments among all", async ({ api }) => {
    const core = (await api.read("/api/v1")).resources
    const apps = (await api.read("/apis/apps/v1")).resources
    const all = [byName(core, "pods"), byName(core, "services"), byName(apps, "deployments")]
    expect(all.map(({ categories }) => categories)).toEqual([["all"], ["all"], ["all"]])
  })

  it("offers reviews for creation only", async ({ api }) => {
    const { resources } = await api.read("/apis/authorization.k8s.io/v1")
    expect(byName(resources, "selfsubjectaccessreviews")).toMatchObject({ namespaced: false, verbs: ["create"] })
    expect(byName(resources, "localsubjectaccessreviews")).toMatchObject({ namespaced: true, verbs: ["create"] })
  })
})

describe.concurrent("aggregated discovery", () => {
  it("describes the core group in one answer", async ({ api }) => {
    const { headers, body } = await api.get("/api", { accept: aggregated })
    expect(headers["content-type"]).toBe(aggregated)
    expect(body).toMatchObject({ kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {} })
    const [group] = body.items
    expect(group.metadata.name).toBeUndefined()
    expect(resourceNamed(group.versions[0].resources, "configmaps")).toEqual({
      resource: "configmaps",
      responseKind: { group: "", version: "", kind: "ConfigMap" },
      scope: "Namespaced",
      singularResource: "configmap",
      verbs: everyVerb,
      shortNames: ["cm"],
    })
  })

  it("describes all other groups in one answer, subresources below their resource", async ({ api }) => {
    const { items } = (await api.get("/apis", { accept: aggregated })).body
    const [version] = groupNamed(items, "apps").versions
    expect(version).toMatchObject({ version: "v1", freshness: "Current" })
    const changing = ["get", "patch", "update"]
    expect(resourceNamed(version.resources, "deployments").subresources).toEqual([
      { subresource: "scale", responseKind: { group: "autoscaling", version: "v1", kind: "Scale" }, verbs: changing },
      { subresource: "status", responseKind: { group: "", version: "", kind: "Deployment" }, verbs: changing },
    ])
  })

  it("falls back to the legacy form for clients that also accept it", async ({ api }) => {
    const accept = "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,application/json"
    expect((await api.get("/apis", { accept })).body.kind).toBe("APIGroupList")
  })

  it("is preferred by clients that name it first, as kubectl does", async ({ api }) => {
    const older = "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList"
    const { headers } = await api.get("/apis", { accept: `${aggregated},${older},application/json` })
    expect(headers["content-type"]).toBe(aggregated)
  })
})

describe.concurrent("discovery of custom kinds", () => {
  it("lists the group, the most stable version first", async ({ api }) => {
    const found = await eventually("the group is there", async () => byName((await api.read("/apis")).groups, group))
    expect(found).toEqual({
      name: group,
      versions: [
        { groupVersion: `${group}/v1`, version: "v1" },
        { groupVersion: `${group}/v1beta1`, version: "v1beta1" },
      ],
      preferredVersion: { groupVersion: `${group}/v1`, version: "v1" },
    })
  })

  it("lists the resource with its names and subresources", async ({ api }) => {
    const list = await eventually("the version is there", async () => {
      const { status, body } = await api.get(`/apis/${group}/v1beta1`)
      return status === 200 && body
    })
    expect(byName(list.resources, "gauges")).toMatchObject({
      singularName: "gauge",
      namespaced: true,
      kind: "Gauge",
      verbs: ["delete", "deletecollection", "get", "list", "patch", "create", "update", "watch"],
      shortNames: ["gg"],
      categories: ["all", "meters"],
    })
    expect(list.resources.map(({ name }: Named) => name).toSorted()).toEqual([
      "gauges",
      "gauges/scale",
      "gauges/status",
    ])
  })

  it("describes it in the aggregated answer too", async ({ api }) => {
    const found = await eventually("the group is there", async () =>
      groupNamed((await api.get("/apis", { accept: aggregated })).body.items, group),
    )
    expect(found.versions.map(({ version }: { version: string }) => version)).toEqual(["v1", "v1beta1"])
    expect(resourceNamed(found.versions[1].resources, "gauges")).toMatchObject({
      responseKind: { group, version: "v1beta1", kind: "Gauge" },
      scope: "Namespaced",
      shortNames: ["gg"],
      categories: ["all", "meters"],
      subresources: expect.arrayContaining([
        expect.objectContaining({ subresource: "status", responseKind: { group, version: "v1beta1", kind: "Gauge" } }),
        expect.objectContaining({
          subresource: "scale",
          responseKind: { group: "autoscaling", version: "v1", kind: "Scale" },
        }),
      ]),
    })
  })

  it("publishes the schema in OpenAPI v3", async ({ api }) => {
    const schema = await eventually("the schema is there", async () => {
      const { status, body } = await api.get(`/openapi/v3/apis/${group}/v1beta1`)
      return status === 200 && definitionOf(body.components.schemas, { group, version: "v1beta1", kind: "Gauge" })
    })
    expect(schema.properties.spec.properties.max).toEqual({ type: "integer", description: "How much it can show" })
  })
})

/** The schema of a kind, by what it says of itself. */
const definitionOf = (schemas: object, kind: { group: string; version: string; kind: string }): any =>
  Object.values(schemas).find((schema) =>
    schema["x-kubernetes-group-version-kind"]?.some((one: unknown) => isDeepStrictEqual(one, kind)),
  )

describe.concurrent("OpenAPI", () => {
  it("describes built-in kinds in version 2, named by group, version and kind", async ({ api }) => {
    const { swagger, definitions } = await api.read("/openapi/v2")
    expect(swagger).toBe("2.0")
    const deployment = definitionOf(definitions, { group: "apps", version: "v1", kind: "Deployment" })
    expect(Object.keys(deployment.properties).toSorted()).toEqual(["apiVersion", "kind", "metadata", "spec", "status"])
  })

  it("describes our kinds in version 2", async ({ api }) => {
    const canaries = ourCrds().find(({ metadata }) => metadata.name === "canaries.flagger.app") as any
    await establish(api, canaries)
    const gvk = { group: "flagger.app", version: "v1beta1", kind: "Canary" }
    const canary = await eventually("the kind is there", async () =>
      definitionOf((await api.read("/openapi/v2")).definitions, gvk),
    )
    expect(canary.properties.spec.properties.analysis.properties.interval.type).toBe("string")
  })

  it("says in version 3 where each group version is described", async ({ api }) => {
    const { paths } = await api.read("/openapi/v3")
    expect(Object.keys(paths)).toEqual(expect.arrayContaining(["api/v1", "apis/apps/v1", "apis/batch/v1", "version"]))
    const { serverRelativeURL } = paths["apis/apps/v1"]
    expect(serverRelativeURL).toMatch(/^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-F]+$/)
    expect((await api.read(serverRelativeURL)).openapi).toBe("3.0.0")
  })

  it("describes built-in kinds in version 3, with the paths that take them", async ({ api }) => {
    const { components, paths } = await api.read("/openapi/v3/apis/apps/v1")
    expect(definitionOf(components.schemas, { group: "apps", version: "v1", kind: "Deployment" })).toMatchObject({
      type: "object",
      properties: { spec: expect.anything() },
    })
    const { patch } = paths["/apis/apps/v1/namespaces/{namespace}/deployments/{name}"]
    expect(patch["x-kubernetes-group-version-kind"]).toEqual({ group: "apps", version: "v1", kind: "Deployment" })
  })
})

describe.concurrent("the server itself", () => {
  it("tells its version", async ({ api }) => {
    const version = await api.read("/version")
    expect(version).toMatchObject({ major: "1", gitVersion: expect.stringMatching(/^v1\.\d+\.\d+/) })
    expect(version.gitVersion).toContain(`v1.${version.minor}.`)
  })

  for (const path of ["/healthz", "/livez", "/readyz"]) {
    it(`answers ok at ${path}`, async ({ api }) => {
      const { status, headers, body } = await api.get(path)
      expect({ status, body, type: headers["content-type"] }).toEqual({
        status: 200,
        body: "ok",
        type: "text/plain; charset=utf-8",
      })
    })
  }

  it("does not know other groups, versions, resources and paths", async ({ api }) => {
    const unknown = refusal(404, "NotFound", "the server could not find the requested resource", {})
    expect(await api.get("/apis/apps/v9/deployments")).toMatchObject(unknown)
    expect(await api.get("/api/v1/nonsense")).toMatchObject(unknown)
    expect(await api.get("/api/v1/namespaces/default/nonsense/a")).toMatchObject(unknown)
    expect(await api.get("/apis/nonsense")).toMatchObject({ status: 404, body: "404 page not found\n" })
    expect(await api.get("/nonsense")).toMatchObject({ status: 404, body: "404 page not found\n" })
  })
})
