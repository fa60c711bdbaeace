import { describe, expect } from "vitest"
import { definition, freshGroup, itWith, objectOf } from "./crds.ts"
import { agentName, problemsOf, refusal } from "./http.ts"
import { told } from "./watch.ts"

const group = freshGroup()
const apiVersion = `${group}/v1`

const text = { type: "string" }
const pairs = {
  type: "array",
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
  items: { type: "object", required: ["name"], properties: { name: text, value: text } },
}
const widgetSchema = objectOf(
  {
    size: { type: "integer" },
    color: { ...text, default: "red" },
    list: { type: "array", items: text },
    set: { type: "array", "x-kubernetes-list-type": "set", items: text },
    pairs,
    labels: { type: "object", additionalProperties: text },
  },
  { status: { replicas: { type: "integer" }, selector: text, ready: { type: "boolean" } } },
)
const columns = [
  { name: "Size", type: "integer", jsonPath: ".spec.size", description: "How big it is" },
  { name: "Color", type: "string", jsonPath: ".spec.color", priority: 1 },
  { name: "First", type: "string", jsonPath: ".spec.list[0]" },
  { name: "Second", type: "string", jsonPath: '.spec.pairs[?(@.name=="b")].value' },
  { name: "Missing", type: "string", jsonPath: ".spec.missing" },
  { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" },
]
const scale = {
  specReplicasPath: ".spec.size",
  statusReplicasPath: ".status.replicas",
  labelSelectorPath: ".status.selector",
}
const plain = itWith(
  definition({
    group,
    kind: "Widget",
    versions: [
      {
        name: "v1",
        schema: widgetSchema,
        subresources: { status: {}, scale },
        additionalPrinterColumns: columns,
        selectableFields: [{ jsonPath: ".spec.color" }],
      },
    ],
  }),
  definition({ group, kind: "Plain", versions: [{ name: "v1" }] }),
  definition({
    group,
    kind: "Manifold",
    versions: [
      { name: "v1beta1", schema: objectOf({ size: { type: "integer" } }) },
      { name: "v1", schema: objectOf({ size: { type: "integer" } }) },
      { name: "v1alpha1", served: false, schema: objectOf({ size: { type: "integer" } }) },
    ],
  }),
  definition({ group, kind: "Planet", scope: "Cluster", versions: [{ name: "v1" }] }),
)
const it = plain
  .extend("widgets", ({ space }) => space.of(apiVersion, "widgets"))
  .extend("plains", ({ space }) => space.of(apiVersion, "plains"))

const object = (kind: string, name: string, spec: object, others: object = {}) => ({
  apiVersion,
  kind,
  metadata: { name },
  spec,
  ...others,
})
const widget = (name: string, spec: object = {}, others: object = {}) => object("Widget", name, spec, others)

describe.concurrent("custom objects", () => {
  it("are created, listed with kind and version, changed and deleted", async ({ api, space, widgets }) => {
    const created = await api.create(widgets, widget("a", { size: 1 }))
    expect(created).toMatchObject({
      status: 201,
      body: {
        apiVersion,
        kind: "Widget",
        metadata: { name: "a", namespace: space.name, generation: 1 },
        spec: { size: 1 },
      },
    })
    const list = await api.read(widgets)
    expect(list).toMatchObject({ apiVersion, kind: "WidgetList", items: [created.body] })
    const { body } = await api.patch(`${widgets}/a`, "merge", { spec: { size: 2 } })
    expect(body).toMatchObject({ spec: { size: 2 }, metadata: { generation: 2 } })
    const details = { name: "a", group, kind: "widgets", uid: body.metadata.uid }
    expect(await api.delete(`${widgets}/a`)).toMatchObject({ status: 200, body: { status: "Success", details } })
    const gone = refusal(404, "NotFound", `widgets.${group} "a" not found`, { name: "a", group, kind: "widgets" })
    expect(await api.get(`${widgets}/a`)).toMatchObject(gone)
  })

  it("are watched", async ({ api, widgets }) => {
    const { metadata } = await api.read(widgets)
    const watch = await api.watch(`${widgets}?watch=1&resourceVersion=${metadata.resourceVersion}`)
    const created = await api.given(widgets, widget("a"))
    await api.patch(`${widgets}/a/status`, "merge", { status: { replicas: 1 } })
    await api.delete(`${widgets}/a`)
    const events = await watch.next(3)
    expect(events.map(told)).toEqual(["ADDED a", "MODIFIED a", "DELETED a"])
    expect(events[0]!.object).toEqual(created)
  })

  it("are watched from the start again where the version is too old", async ({ api, widgets }) => {
    // Older than the kind, so nobody has kept what happened since.
    const watch = await api.watch(`${widgets}?watch=1&resourceVersion=1`)
    expect(watch.status).toBe(200)
    expect(await watch.rest()).toEqual([
      {
        type: "ERROR",
        object: {
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          message: expect.stringMatching(/^too old resource version: 1 \(\d+\)$/),
          reason: "Expired",
          code: 410,
        },
      },
    ])
  })

  it("may be of the cluster", async ({ api }) => {
    const planets = `/apis/${apiVersion}/planets`
    const { metadata } = await api.given(planets, object("Planet", "earth", {}))
    expect(metadata.namespace).toBeUndefined()
    expect((await api.get(`/apis/${apiVersion}/namespaces/default/planets/earth`)).status).toBe(404)
    expect((await api.delete(`${planets}/earth`)).status).toBe(200)
  })

  it("are read in YAML", async ({ api, widgets }) => {
    const yaml = `apiVersion: ${apiVersion}\nkind: Widget\nmetadata:\n  name: a\nspec:\n  size: 3\n`
    const { status, body } = await api.create(widgets, yaml, { type: "application/yaml" })
    expect({ status, size: body.spec.size }).toEqual({ status: 201, size: 3 })
  })

  it("say what they are", async ({ api, widgets }) => {
    const { status, body } = await api.create(widgets, { metadata: { name: "a" } })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain("Object 'Kind' is missing in")
    expect(problemsOf(await api.create(widgets, object("Gadget", "a", {})))).toEqual([
      'kind: Invalid value: "Gadget": must be Widget',
    ])
    const otherVersion = { ...widget("a"), apiVersion: `${group}/v2` }
    expect(await api.create(widgets, otherVersion)).toMatchObject(
      refusal(
        400,
        "BadRequest",
        `the API version in the data (${group}/v2) does not match the expected API version (${apiVersion})`,
      ),
    )
  })

  it("need a resource version to be replaced", async ({ api, widgets }) => {
    await api.given(widgets, widget("a"))
    const problem = "Invalid value: 0: must be specified for an update"
    expect(await api.replace(`${widgets}/a`, widget("a", { size: 2 }))).toMatchObject(
      refusal(422, "Invalid", `widgets.${group} "a" is invalid: metadata.resourceVersion: ${problem}`, {
        name: "a",
        group,
        kind: "widgets",
        causes: [{ reason: "FieldValueInvalid", message: problem, field: "metadata.resourceVersion" }],
      }),
    )
  })

  it("are chosen by labels, and by the fields that their definition names", async ({ api, widgets }) => {
    await api.given(widgets, { ...widget("a", { color: "blue" }), metadata: { name: "a", labels: { x: "y" } } })
    await api.given(widgets, widget("b"))
    const names = async (query: string) =>
      (await api.read(`${widgets}?${query}`)).items.map((item: any) => item.metadata.name)
    expect(await names("labelSelector=x=y")).toEqual(["a"])
    expect(await names("fieldSelector=spec.color=red")).toEqual(["b"])
    expect(await names("fieldSelector=metadata.name=a")).toEqual(["a"])
    expect(await api.get(`${widgets}?fieldSelector=spec.size=1`)).toMatchObject(
      refusal(400, "BadRequest", "field label not supported: spec.size"),
    )
  })

  it("are shown in tables with the columns of their definition", async ({ api, widgets }) => {
    await api.given(widgets, widget("a", { size: 5, list: ["x"], pairs: [{ name: "b", value: "two" }] }))
    await api.given(widgets, widget("b"))
    const accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
    const { columnDefinitions, rows } = (await api.get(widgets, { accept })).body
    expect(columnDefinitions.map(({ name, type, priority }: any) => `${name} ${type} ${priority}`)).toEqual([
      "Name string 0",
      "Size integer 0",
      "Color string 1",
      "First string 0",
      "Second string 0",
      "Missing string 0",
      "Age date 0",
    ])
    expect(columnDefinitions.slice(1, 3).map(({ description }: any) => description)).toEqual([
      "How big it is",
      "Custom resource definition column (in JSONPath format): .spec.color",
    ])
    const age = expect.stringMatching(/^\d+s$/)
    expect(rows.map(({ cells }: any) => cells)).toEqual([
      ["a", 5, "red", "x", "two", null, age],
      ["b", null, "red", null, null, null, age],
    ])
  })

  it("without columns of their own show their age", async ({ api, plains }) => {
    await api.given(plains, object("Plain", "a", {}))
    const accept = "application/json;as=Table;g=meta.k8s.io;v=v1"
    const { columnDefinitions, rows } = (await api.get(plains, { accept })).body
    expect(columnDefinitions.map(({ name }: any) => name)).toEqual(["Name", "Age"])
    expect(rows[0].cells).toEqual(["a", expect.stringMatching(/^\d+s$/)])
  })

  it("of kinds without status have no such subresource, and generations count all changes", async ({ api, plains }) => {
    const created = await api.given(plains, object("Plain", "a", {}, { status: { seen: 1 } }))
    expect(created["status"]).toEqual({ seen: 1 })
    expect((await api.get(`${plains}/a/status`)).status).toBe(404)
    const { body } = await api.patch(`${plains}/a`, "merge", { status: { seen: 2 } })
    expect(body).toMatchObject({ status: { seen: 2 }, metadata: { generation: 2 } })
  })
})

describe.concurrent("custom objects with a status", () => {
  it("count generations of the spec only", async ({ api, widgets }) => {
    await api.given(widgets, widget("a", { size: 1 }))
    const generation = async (path: string, body: object) =>
      (await api.patch(path, "merge", body)).body.metadata.generation
    expect(await generation(`${widgets}/a`, { metadata: { labels: { a: "b" } } })).toBe(1)
    expect(await generation(`${widgets}/a/status`, { status: { replicas: 1 } })).toBe(1)
    expect(await generation(`${widgets}/a`, { spec: { size: 2 } })).toBe(2)
    expect(await generation(`${widgets}/a`, { spec: { size: 2 } })).toBe(2)
  })

  it("do not take it with the object", async ({ api, widgets }) => {
    const created = await api.given(widgets, widget("a", { size: 1 }, { status: { replicas: 1 } }))
    expect(created["status"]).toBeUndefined()
    await api.patch(`${widgets}/a/status`, "merge", { status: { replicas: 1 } })
    const before = await api.read(`${widgets}/a`)
    const { body } = await api.replace(`${widgets}/a`, { ...before, spec: { size: 2 }, status: { replicas: 9 } })
    expect(body).toMatchObject({ spec: { size: 2 }, status: { replicas: 1 } })
    expect((await api.replace(`${widgets}/a`, { ...body, status: undefined })).body.status).toEqual({ replicas: 1 })
  })

  it("take it at its own path, which touches neither spec nor labels", async ({ api, widgets }) => {
    const before: any = await api.given(widgets, widget("a", { size: 1 }))
    const claim = { ...before, metadata: { ...before.metadata, labels: { a: "b" } }, spec: { size: 2 } }
    const { status, body } = await api.replace(`${widgets}/a/status`, { ...claim, status: { replicas: 1 } })
    expect(status).toBe(200)
    expect(body).toMatchObject({ spec: { size: 1 }, status: { replicas: 1 }, metadata: { generation: 1 } })
    expect(body.metadata.labels).toBeUndefined()
  })

  it("take it from a stale copy no more than anything else", async ({ api, widgets }) => {
    const before = await api.given(widgets, widget("a", { size: 1 }))
    await api.patch(`${widgets}/a`, "merge", { spec: { size: 2 } })
    const answer = await api.replace(`${widgets}/a/status`, { ...before, status: { replicas: 1 } })
    expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict", details: { group, kind: "widgets" } } })
  })

  it("have it validated", async ({ api, widgets }) => {
    await api.given(widgets, widget("a"))
    const answer = await api.patch(`${widgets}/a/status`, "merge", { status: { ready: "yes" } })
    expect(answer).toMatchObject(
      refusal(
        422,
        "Invalid",
        `Widget.${group} "a" is invalid: status.ready: Invalid value: "string": ` +
          'ready in body must be of type boolean: "string"',
      ),
    )
  })

  it("note who writes it", async ({ api, widgets }) => {
    await api.given(widgets, widget("a", { size: 1 }))
    await api.patch(`${widgets}/a/status?fieldManager=watcher`, "merge", { status: { replicas: 1 } })
    const { metadata } = await api.read(`${widgets}/a`)
    const noted = metadata.managedFields.map(({ manager, subresource, fieldsV1 }: any) => ({
      manager,
      subresource,
      fieldsV1,
    }))
    expect(noted).toContainEqual({
      manager: "watcher",
      subresource: "status",
      fieldsV1: { "f:status": { ".": {}, "f:replicas": {} } },
    })
    expect(noted).toContainEqual({
      manager: agentName,
      subresource: undefined,
      fieldsV1: { "f:spec": { ".": {}, "f:color": {}, "f:size": {} } },
    })
  })
})

describe.concurrent("patches of custom objects", () => {
  it("replace lists as a whole and merge maps", async ({ api, plains }) => {
    await api.given(plains, object("Plain", "a", { list: [1, 2], deep: { a: 1, b: 1 }, gone: 1 }))
    const patch = { spec: { list: [3], deep: { b: 2 }, gone: null } }
    const { body } = await api.patch(`${plains}/a`, "merge", patch)
    expect(body.spec).toEqual({ list: [3], deep: { a: 1, b: 2 } })
  })

  it("find keys with slashes and tildes", async ({ api, plains }) => {
    await api.given(plains, object("Plain", "a", { "owner/name": "me", "a~b": "c" }))
    const { body } = await api.patch(`${plains}/a`, "json", [
      { op: "replace", path: "/spec/owner~1name", value: "you" },
      { op: "remove", path: "/spec/a~0b" },
    ])
    expect(body.spec).toEqual({ "owner/name": "you" })
  })

  it("test numbers, lists and maps by their value", async ({ api, plains }) => {
    await api.given(plains, object("Plain", "a", { number: 1, list: [{ b: 2, a: 1 }] }))
    const patch = (value: unknown) => [
      { op: "test", path: "/spec/list", value },
      { op: "replace", path: "/spec/number", value: 2 },
    ]
    expect((await api.patch(`${plains}/a`, "json", patch([{ a: 1, b: 3 }]))).status).toBe(422)
    expect((await api.patch(`${plains}/a`, "json", patch([{ a: 1, b: 2 }]))).body.spec.number).toBe(2)
  })
})

describe.concurrent("applying custom objects", () => {
  it("merges maps, sets and lists with keys", async ({ api, widgets }) => {
    const path = `${widgets}/a`
    const one = widget("a", { pairs: [{ name: "a", value: "1" }], set: ["x"], labels: { k: "v" }, list: ["l"] })
    expect((await api.apply(path, "one", one)).status).toBe(201)
    const two = widget("a", { pairs: [{ name: "b", value: "2" }], set: ["y"], labels: { m: "n" } })
    const { status, body } = await api.apply(path, "two", two)
    expect(status).toBe(200)
    expect(body.spec).toEqual({
      color: "red",
      labels: { k: "v", m: "n" },
      list: ["l"],
      pairs: [
        { name: "a", value: "1" },
        { name: "b", value: "2" },
      ],
      set: ["x", "y"],
    })
    const { fieldsV1 } = body.metadata.managedFields.find(({ manager }: any) => manager === "two")
    expect(fieldsV1).toEqual({
      "f:spec": {
        "f:labels": { "f:m": {} },
        "f:pairs": { 'k:{"name":"b"}': { ".": {}, "f:name": {}, "f:value": {} } },
        "f:set": { 'v:"y"': {} },
      },
    })
    const less = await api.apply(path, "one", widget("a"))
    expect(less.body.spec).toEqual({ color: "red", labels: { m: "n" }, pairs: [{ name: "b", value: "2" }], set: ["y"] })
  })

  it("takes lists without keys as a whole", async ({ api, widgets }) => {
    const path = `${widgets}/a`
    await api.apply(path, "one", widget("a", { list: ["x"] }))
    const conflict = 'Apply failed with 1 conflict: conflict with "one": .spec.list'
    expect(await api.apply(path, "two", widget("a", { list: ["y"] }))).toMatchObject(refusal(409, "Conflict", conflict))
    const forced = await api.apply(path, "two", widget("a", { list: ["y"] }), { force: true })
    expect(forced.body.spec.list).toEqual(["y"])
  })

  it("names the item of a conflict by its key", async ({ api, widgets }) => {
    await api.apply(`${widgets}/a`, "one", widget("a", { pairs: [{ name: "x", value: "1" }] }))
    const conflict = 'Apply failed with 1 conflict: conflict with "one": .spec.pairs[name="x"].value'
    expect(await api.apply(`${widgets}/a`, "two", widget("a", { pairs: [{ name: "x", value: "2" }] }))).toMatchObject(
      refusal(409, "Conflict", conflict),
    )
  })

  it("is refused with what the schema does not have", async ({ api, widgets }) => {
    const unknown = await api.apply(`${widgets}/a`, "one", widget("a", { nope: 1 }))
    expect({ status: unknown.status, message: unknown.body.message }).toEqual({
      status: 500,
      message: expect.stringMatching(
        /^failed to create typed patch object \(.*\): \.spec\.nope: field not declared in schema$/,
      ),
    })
    const wrong = await api.apply(`${widgets}/a`, "one", widget("a", { size: "x" }))
    expect(wrong.body.message).toMatch(/: \.spec\.size: expected numeric \(int or float\), got string$/)
  })

  it("without a schema merges maps and takes lists as a whole", async ({ api, plains }) => {
    const path = `${plains}/a`
    await api.apply(path, "one", object("Plain", "a", { deep: { x: 1 }, list: [1] }))
    const { body } = await api.apply(path, "two", object("Plain", "a", { deep: { y: 2 } }))
    expect(body.spec).toEqual({ deep: { x: 1, y: 2 }, list: [1] })
    const conflict = 'Apply failed with 1 conflict: conflict with "one": .spec.list'
    const list = object("Plain", "a", { list: [1, 2] })
    expect(await api.apply(path, "two", list)).toMatchObject(refusal(409, "Conflict", conflict))
  })

  it("owns a status apart", async ({ api, widgets }) => {
    await api.apply(`${widgets}/a`, "one", widget("a", { size: 1 }))
    const claim = { apiVersion, kind: "Widget", metadata: { name: "a" }, status: { replicas: 1 } }
    const { status, body } = await api.apply(`${widgets}/a/status`, "watcher", claim)
    expect({ status, spec: body.spec, told: body.status }).toEqual({
      status: 200,
      spec: { size: 1, color: "red" },
      told: { replicas: 1 },
    })
    expect(body.metadata.managedFields).toContainEqual(
      expect.objectContaining({ manager: "watcher", operation: "Apply", subresource: "status" }),
    )
  })
})

describe.concurrent("the scale of custom objects", () => {
  it("is read from and written to the paths of the definition", async ({ api, space, widgets }) => {
    const { metadata } = await api.given(widgets, widget("a", { size: 2 }))
    const { status } = await api.patch(`${widgets}/a/status`, "merge", { status: { replicas: 1, selector: "app=a" } })
    expect(status).toBe(200)
    expect(await api.read(`${widgets}/a/scale`)).toMatchObject({
      kind: "Scale",
      apiVersion: "autoscaling/v1",
      metadata: { name: "a", namespace: space.name, uid: metadata.uid },
      spec: { replicas: 2 },
      status: { replicas: 1, selector: "app=a" },
    })
    const { body } = await api.patch(`${widgets}/a/scale`, "merge", { spec: { replicas: 4 } })
    expect(body.spec.replicas).toBe(4)
    const after = await api.read(`${widgets}/a`)
    expect(after).toMatchObject({
      spec: { size: 4, color: "red" },
      status: { replicas: 1 },
      metadata: { generation: 2 },
    })
  })

  it("is replaced from a fresh copy only", async ({ api, space, widgets }) => {
    await api.given(widgets, widget("a", { size: 2 }))
    const scaleTo = (replicas: number, resourceVersion: string) => ({
      apiVersion: "autoscaling/v1",
      kind: "Scale",
      metadata: { name: "a", namespace: space.name, resourceVersion },
      spec: { replicas },
    })
    const { metadata } = await api.read(`${widgets}/a/scale`)
    expect((await api.replace(`${widgets}/a/scale`, scaleTo(3, "1"))).status).toBe(409)
    expect(await api.replace(`${widgets}/a/scale`, scaleTo(3, metadata.resourceVersion))).toMatchObject({
      status: 200,
      body: { spec: { replicas: 3 } },
    })
  })

  it("cannot be negative", async ({ api, widgets }) => {
    await api.given(widgets, widget("a", { size: 2 }))
    expect(problemsOf(await api.patch(`${widgets}/a/scale`, "merge", { spec: { replicas: -4 } }))).toEqual([
      ".spec.size: Invalid value: -4: should be a non-negative integer",
    ])
  })

  it("needs replicas to be read, and sets them where there are none", async ({ api, widgets }) => {
    await api.given(widgets, widget("a"))
    const message = 'Internal error occurred: the spec replicas field ".spec.size" does not exist'
    expect(await api.get(`${widgets}/a/scale`)).toMatchObject({
      status: 500,
      body: { reason: "InternalError", message },
    })
    expect((await api.patch(`${widgets}/a/scale`, "merge", { spec: { replicas: 1 } })).status).toBe(200)
    expect((await api.read(`${widgets}/a`)).spec.size).toBe(1)
  })
})

describe.concurrent("kinds of several versions", () => {
  const manifold = (version: string, name: string) => ({
    ...object("Manifold", name, { size: 1 }),
    apiVersion: `${group}/${version}`,
  })

  it("show one object in all of them", async ({ api, space }) => {
    const created = await api.given(space.of(`${group}/v1`, "manifolds"), manifold("v1", "a"))
    expect(created.apiVersion).toBe(`${group}/v1`)
    const other = await api.read(space.of(`${group}/v1beta1`, "manifolds", "a"))
    expect(other).toMatchObject({
      apiVersion: `${group}/v1beta1`,
      metadata: { uid: created.metadata.uid },
      spec: { size: 1 },
    })
    await api.patch(space.of(`${group}/v1beta1`, "manifolds", "a"), "merge", { spec: { size: 2 } })
    expect((await api.read(space.of(`${group}/v1`, "manifolds", "a"))).spec.size).toBe(2)
    const { items } = await api.read(space.of(`${group}/v1`, "manifolds"))
    expect(items.map((item: any) => item.apiVersion)).toEqual([`${group}/v1`])
  })

  it("tell changes to watches of all of them", async ({ api, space }) => {
    const { metadata } = await api.read(space.of(`${group}/v1`, "manifolds"))
    const watch = await api.watch(
      `${space.of(`${group}/v1`, "manifolds")}?watch=1&resourceVersion=${metadata.resourceVersion}`,
    )
    await api.given(space.of(`${group}/v1beta1`, "manifolds"), manifold("v1beta1", "a"))
    expect(await watch.next(1)).toMatchObject([{ type: "ADDED", object: { apiVersion: `${group}/v1` } }])
  })

  it("are written in the version of the path", async ({ api, space }) => {
    const answer = await api.create(space.of(`${group}/v1`, "manifolds"), manifold("v1beta1", "a"))
    expect(answer).toMatchObject({ status: 400, body: { reason: "BadRequest" } })
  })

  it("are not served where their definition says so", async ({ api, space }) => {
    expect((await api.get(space.of(`${group}/v1alpha1`, "manifolds"))).status).toBe(404)
  })
})
