import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { crdNamed, crds, definition, establish, freshGroup, objectOf } from "./crds.ts"
import { type Api, problemsOf, refusal } from "./http.ts"
import { it } from "./it.ts"

const conditionsOf = ({ status }: any) =>
  Object.fromEntries(
    (status.conditions ?? []).map(({ type, status: holds, reason }: any) => [type, `${holds} ${reason}`]),
  )

const widgets = (schema?: object, version: object = {}) =>
  definition({ group: freshGroup(), versions: [{ name: "v1", ...(schema ? { schema } : {}), ...version }] })

describe.concurrent("definitions", () => {
  it("get what they leave out", async ({ api }) => {
    const crd = widgets()
    const { singular: _, ...names } = crd.spec.names
    const created: any = await api.given(crds, { ...crd, spec: { ...crd.spec, names } })
    expect(created.spec).toMatchObject({
      names: { kind: "Widget", plural: "widgets", singular: "widget", listKind: "WidgetList" },
      conversion: { strategy: "None" },
    })
    expect(created.status.storedVersions).toEqual(["v1"])
    expect(created.metadata.generation).toBe(1)
    await api.delete(crdNamed(crd.metadata.name))
  })

  it("become established", async ({ api }) => {
    const crd = widgets()
    await establish(api, crd)
    const found = await api.read(crdNamed(crd.metadata.name))
    expect(conditionsOf(found)).toEqual({
      NamesAccepted: "True NoConflicts",
      Established: "True InitialNamesAccepted",
    })
    expect(found.status.acceptedNames).toEqual({
      kind: "Widget",
      listKind: "WidgetList",
      plural: "widgets",
      singular: "widget",
    })
    await api.delete(crdNamed(crd.metadata.name))
  })

  it("wait while others have their names", async ({ api }) => {
    const group = freshGroup()
    const first = definition({ group, versions: [{ name: "v1" }] })
    const second = definition({ group, names: { plural: "others", singular: "other" }, versions: [{ name: "v1" }] })
    second.metadata.name = `others.${group}`
    await establish(api, first)
    await api.given(crds, second)
    const conditions = async () => conditionsOf(await api.read(crdNamed(second.metadata.name)))
    await eventually("the conflict is told", async () => (await conditions())["NamesAccepted"]?.startsWith("False"))
    expect(await conditions()).toEqual({
      NamesAccepted: expect.stringMatching(/^False (Kind|ListKind)Conflict$/),
      Established: "False NotAccepted",
    })
    expect((await api.get(`/apis/${group}/v1/others`)).status).toBe(404)
    await api.delete(crdNamed(first.metadata.name))
    await eventually("the second is served", async () => (await api.get(`/apis/${group}/v1/others`)).status === 200)
    await api.delete(crdNamed(second.metadata.name))
  })

  it("cannot change their group and scope", async ({ api }) => {
    const crd = widgets()
    await establish(api, crd)
    const path = crdNamed(crd.metadata.name)
    expect(problemsOf(await api.patch(path, "merge", { spec: { scope: "Cluster" } }))).toContain(
      'spec.scope: Invalid value: "Cluster": field is immutable',
    )
    const group = "other.example.com"
    expect(problemsOf(await api.patch(path, "merge", { spec: { group } }))).toContain(
      `spec.group: Invalid value: "${group}": field is immutable`,
    )
    await api.delete(path)
  })
})

const refusedDefinitions: Record<string, [crd: () => any, problems: unknown[]]> = {
  "a name that does not fit": [
    () => ({ ...widgets(), metadata: { name: "wrong.example.com" } }),
    ['metadata.name: Invalid value: "wrong.example.com": must be spec.names.plural+"."+spec.group'],
  ],
  "no schema": [
    () => {
      const crd = widgets()
      return { ...crd, spec: { ...crd.spec, versions: [{ name: "v1", served: true, storage: true }] } }
    },
    ["spec.versions[0].schema.openAPIV3Schema: Required value"],
  ],
  "no stored version": [
    () => widgets(undefined, { storage: false }),
    [
      expect.stringMatching(
        /^spec\.versions: Invalid value: .*: must have exactly one version marked as storage version$/,
      ),
      "status.storedVersions: Invalid value: null: must have at least one stored version",
    ],
  ],
  "an unknown scope": [
    () => {
      const crd = widgets()
      return { ...crd, spec: { ...crd.spec, scope: "Galaxy" } }
    },
    ['spec.scope: Unsupported value: "Galaxy": supported values: "Cluster", "Namespaced"'],
  ],
  "a group without a domain": [
    () => definition({ group: "nodots", versions: [{ name: "v1" }] }),
    ['spec.group: Invalid value: "nodots": should be a domain with at least one dot'],
  ],
  "a group that Kubernetes keeps for itself": [
    () => definition({ group: "shop.k8s.io", versions: [{ name: "v1" }] }),
    [
      "metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have approval annotation " +
        '"api-approved.kubernetes.io", see https://github.com/kubernetes/enhancements/pull/1111',
    ],
  ],
  "a schema without type": [
    () => widgets({ properties: { a: { type: "string" } } }),
    ["spec.validation.openAPIV3Schema.type: Required value: must not be empty at the root"],
  ],
  "a field without type": [
    () => widgets({ type: "object", properties: { a: {} } }),
    [
      "spec.validation.openAPIV3Schema.properties[a].type: Required value: must not be empty for specified object fields",
    ],
  ],
  "a field of an unknown type": [
    () => widgets({ type: "object", properties: { a: { type: "strin" } } }),
    [
      'spec.validation.openAPIV3Schema.properties[a].type: Unsupported value: "strin": ' +
        'supported values: "array", "boolean", "integer", "number", "object", "string"',
    ],
  ],
  "a list of nothing": [
    () => widgets({ type: "object", properties: { a: { type: "array" } } }),
    ["spec.validation.openAPIV3Schema.properties[a].items: Required value: must be specified"],
  ],
  "a default of another type": [
    () => widgets({ type: "object", properties: { a: { type: "string", default: 5 } } }),
    [
      'spec.validation.openAPIV3Schema.properties[a].default: Invalid value: "integer":  in body must be of type string: "integer"',
    ],
  ],
  "a rule about fields that are not there": [
    () => widgets({ type: "object", "x-kubernetes-validations": [{ rule: "self.nope == 1" }] }),
    [
      expect.stringMatching(
        /^spec\.validation\.openAPIV3Schema\.x-kubernetes-validations\[0\]\.rule: Invalid value: .*compilation failed: .*undefined field 'nope'/s,
      ),
    ],
  ],
}

describe.concurrent("definitions are refused with", () => {
  for (const [what, [crd, problems]] of Object.entries(refusedDefinitions)) {
    it(what, async ({ api }) => {
      expect(problemsOf(await api.create(crds, crd()))).toEqual(problems)
    })
  }
})

/** Until a server has taken in what was said to it a moment ago. */
const takesEffect = (what: string, look: () => Promise<boolean>) => eventually(what, look, { withinMs: 10_000 })

describe.concurrent("a changed definition", () => {
  const sized = (size: object, others: object = {}) => objectOf({ size: { type: "integer", ...size }, ...others })
  const object = (group: string, spec: object) => ({
    apiVersion: `${group}/v1`,
    kind: "Widget",
    metadata: { name: "a" },
    spec,
  })
  const change = (api: Api, name: string, schema: object) =>
    api.patch(crdNamed(name), "json", [
      { op: "replace", path: "/spec/versions/0/schema/openAPIV3Schema", value: schema },
    ])

  it("holds for what is written from then on, but not for what stays as it was", async ({ api, space }) => {
    const crd = widgets(sized({}))
    const { group } = crd.spec
    await establish(api, crd)
    const path = space.of(`${group}/v1`, "widgets")
    await api.given(path, object(group, { size: 9 }))
    await change(api, crd.metadata.name, sized({ maximum: 5 }))
    const set = (size: number) => api.patch(`${path}/a?dryRun=All`, "merge", { spec: { size } })
    await takesEffect("the maximum", async () => (await set(8)).status === 422)
    expect((await api.patch(`${path}/a`, "merge", { metadata: { labels: { a: "b" } } })).status).toBe(200)
    expect((await api.patch(`${path}/a`, "merge", { spec: { size: 5 } })).status).toBe(200)
    await api.delete(crdNamed(crd.metadata.name))
  })

  it("gives its defaults also to what was stored before", async ({ api, space }) => {
    const crd = widgets(sized({}))
    const { group } = crd.spec
    await establish(api, crd)
    const path = space.of(`${group}/v1`, "widgets")
    const { metadata } = await api.given(path, object(group, { size: 1 }))
    await change(api, crd.metadata.name, sized({}, { word: { type: "string", default: "late" } }))
    await takesEffect("the default", async () => (await api.read(`${path}/a`)).spec.word === "late")
    const found = await api.read(`${path}/a`)
    expect(found.metadata).toMatchObject({ resourceVersion: metadata.resourceVersion, generation: 1 })
    expect((await api.read(path)).items[0].spec).toEqual({ size: 1, word: "late" })
    await api.delete(crdNamed(crd.metadata.name))
  })

  it("drops fields that it no longer has", async ({ api, space }) => {
    const crd = widgets(sized({}, { word: { type: "string" } }))
    const { group } = crd.spec
    await establish(api, crd)
    const path = space.of(`${group}/v1`, "widgets")
    await api.given(path, object(group, { size: 1, word: "old" }))
    await change(api, crd.metadata.name, sized({}))
    await takesEffect("the schema", async () => (await api.read(`${path}/a`)).spec.word === undefined)
    await api.delete(crdNamed(crd.metadata.name))
  })

  it("may stop to serve a version, and start to serve another", async ({ api, space }) => {
    const group = freshGroup()
    const crd = definition({ group, versions: [{ name: "v1" }, { name: "v2", served: false }] })
    await establish(api, crd)
    const status = async (version: string) => (await api.get(space.of(`${group}/${version}`, "widgets"))).status
    expect(await status("v2")).toBe(404)
    await api.patch(crdNamed(crd.metadata.name), "json", [
      { op: "replace", path: "/spec/versions/0/served", value: false },
      { op: "replace", path: "/spec/versions/1/served", value: true },
    ])
    await takesEffect(
      "the change of versions",
      async () => (await status("v2")) === 200 && (await status("v1")) === 404,
    )
    await api.delete(crdNamed(crd.metadata.name))
  })
})

describe.concurrent("a deleted definition", () => {
  it("takes its objects along", async ({ api, space }) => {
    const crd = widgets()
    const { group } = crd.spec
    await establish(api, crd)
    const path = space.of(`${group}/v1`, "widgets")
    const object = { apiVersion: `${group}/v1`, kind: "Widget", metadata: { name: "a" } }
    await api.given(path, object)
    expect((await api.delete(crdNamed(crd.metadata.name))).status).toBe(200)
    await eventually("the definition is gone", async () => (await api.get(crdNamed(crd.metadata.name))).status === 404)
    await eventually("the kind is gone", async () => (await api.get(path)).status === 404)
    await establish(api, crd)
    expect((await api.read(path)).items).toEqual([])
    await api.delete(crdNamed(crd.metadata.name))
  })

  it("waits for finalizers of its objects, and takes no new ones", async ({ api, space }) => {
    const crd = widgets()
    const { group } = crd.spec
    await establish(api, crd)
    const path = space.of(`${group}/v1`, "widgets")
    const object = (name: string, finalizers: string[] = []) => ({
      apiVersion: `${group}/v1`,
      kind: "Widget",
      metadata: { name, finalizers },
    })
    await api.given(path, object("held", ["shop.example.com/hold"]))
    const { body } = await api.delete(crdNamed(crd.metadata.name))
    expect(body.metadata.finalizers).toEqual(["customresourcecleanup.apiextensions.k8s.io"])
    await eventually("the object is marked", async () => (await api.read(`${path}/held`)).metadata.deletionTimestamp)
    expect(conditionsOf(await api.read(crdNamed(crd.metadata.name)))["Terminating"]).toMatch(/^True /)
    const text = `widgets.${group} "late" is forbidden: create not allowed while custom resource definition is terminating`
    expect(await api.create(path, object("late"))).toMatchObject(refusal(403, "Forbidden", text))
    await api.patch(`${path}/held`, "merge", { metadata: { finalizers: null } })
  })
})
