import { describe, expect } from "vitest"
import { definition, freshGroup, itWith } from "./crds.ts"
import { refusal } from "./http.ts"
import { configMap } from "./objects.ts"

const group = freshGroup()
const it = itWith(definition({ group, versions: [{ name: "v1" }] }))

describe.concurrent("a JSON patch", () => {
  it("adds, replaces, removes, moves and copies", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1", y: "2", z: "3" }))
    const { status, body } = await api.patch(space.at("configmaps", "a"), "json", [
      { op: "test", path: "/data/x", value: "1" },
      { op: "replace", path: "/data/x", value: "5" },
      { op: "remove", path: "/data/y" },
      { op: "add", path: "/data/new", value: "n" },
      { op: "move", from: "/data/z", path: "/data/moved" },
      { op: "copy", from: "/data/x", path: "/data/copied" },
    ])
    expect(status).toBe(200)
    expect(body.data).toEqual({ x: "5", new: "n", moved: "3", copied: "5" })
  })

  it("puts into lists, at a place or at the end", async ({ api, space }) => {
    const finalizer = (name: string) => `shop.example.com/${name}`
    await api.given(space.at("configmaps"), configMap("a", {}, { finalizers: [finalizer("b")] }))
    const { body } = await api.patch(space.at("configmaps", "a"), "json", [
      { op: "add", path: "/metadata/finalizers/0", value: finalizer("a") },
      { op: "add", path: "/metadata/finalizers/-", value: finalizer("c") },
      { op: "replace", path: "/metadata/finalizers/1", value: finalizer("B") },
    ])
    expect(body.metadata.finalizers).toEqual(["a", "B", "c"].map(finalizer))
    await api.patch(space.at("configmaps", "a"), "merge", { metadata: { finalizers: null } })
  })

  const unprocessable = refusal(422, "Invalid", "the server rejected our request due to an error in our request", {})

  it("is refused as a whole when a test fails", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1" }))
    const answer = await api.patch(space.at("configmaps", "a"), "json", [
      { op: "add", path: "/data/y", value: "2" },
      { op: "test", path: "/data/x", value: "2" },
    ])
    expect(answer).toMatchObject(unprocessable)
    expect((await api.read(space.at("configmaps", "a"))).data).toEqual({ x: "1" })
  })

  it("is refused when it removes what is not there or adds below what is not there", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1" }))
    const path = space.at("configmaps", "a")
    expect(await api.patch(path, "json", [{ op: "remove", path: "/data/y" }])).toMatchObject(unprocessable)
    expect(await api.patch(path, "json", [{ op: "add", path: "/no/y", value: "" }])).toMatchObject(unprocessable)
  })

  it("may replace a member that is not there", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1" }))
    const patch = [{ op: "replace", path: "/data/y", value: "2" }]
    expect((await api.patch(space.at("configmaps", "a"), "json", patch)).body.data).toEqual({ x: "1", y: "2" })
  })

  it("is refused with an operation that nobody knows", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1" }))
    const answer = await api.patch(space.at("configmaps", "a"), "json", [{ op: "nope", path: "/data/x" }])
    expect(answer).toMatchObject(unprocessable)
  })

  it("is refused when it is no list", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.patch(space.at("configmaps", "a"), "json", { op: "add" })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toMatch(/^error decoding patch: json: cannot unmarshal object/)
  })
})

describe.concurrent("a merge patch", () => {
  it("replaces, adds, and removes with null", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1", y: "2" }))
    const { body } = await api.patch(space.at("configmaps", "a"), "merge", { data: { x: "5", y: null, z: "3" } })
    expect(body.data).toEqual({ x: "5", z: "3" })
  })

  it("removes a whole map with null", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { x: "1" }, { labels: { a: "b" } }))
    const { body } = await api.patch(space.at("configmaps", "a"), "merge", { data: null, metadata: { labels: null } })
    expect(body.data).toBeUndefined()
    expect(body.metadata.labels).toBeUndefined()
  })

  it("with nothing new keeps the resource version", async ({ api, space }) => {
    const before = await api.given(space.at("configmaps"), configMap("a", { x: "1" }))
    const { body } = await api.patch(space.at("configmaps", "a"), "merge", { data: { x: "1" } })
    expect(body.metadata.resourceVersion).toBe(before.metadata.resourceVersion)
  })

  it("is refused when it names another resource version", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a"))
    const from = (resourceVersion?: string) => ({ metadata: { resourceVersion }, data: { x: resourceVersion } })
    const path = space.at("configmaps", "a")
    expect((await api.patch(path, "merge", from(metadata.resourceVersion))).status).toBe(200)
    const text =
      'Operation cannot be fulfilled on configmaps "a": the object has been modified; ' +
      "please apply your changes to the latest version and try again"
    expect(await api.patch(path, "merge", from(metadata.resourceVersion))).toMatchObject(
      refusal(409, "Conflict", text, { name: "a", kind: "configmaps" }),
    )
  })

  it("is refused where there is nothing", async ({ api, space }) => {
    const answer = await api.patch(space.at("configmaps", "a"), "merge", {})
    expect(answer).toMatchObject(refusal(404, "NotFound", 'configmaps "a" not found'))
  })

  it("is refused when it is no JSON or no object", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    expect(await api.patch(space.at("configmaps", "a"), "merge", '{"data":')).toMatchObject(
      refusal(400, "BadRequest", "error decoding patch: unexpected end of JSON input"),
    )
    expect(await api.patch(space.at("configmaps", "a"), "merge", [])).toMatchObject({ status: 400 })
  })

  it("is refused when it changes name, namespace or uid", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const answer = (metadata: object) => api.patch(space.at("configmaps", "a"), "merge", { metadata })
    expect(await answer({ name: "b" })).toMatchObject(
      refusal(400, "BadRequest", "the name of the object (b) does not match the name on the URL (a)"),
    )
    expect(await answer({ namespace: "b" })).toMatchObject(
      refusal(
        400,
        "BadRequest",
        "the namespace of the provided object does not match the namespace sent on the request",
      ),
    )
    expect(await answer({ uid: "b" })).toMatchObject({
      status: 422,
      body: { message: 'ConfigMap "a" is invalid: metadata.uid: Invalid value: "b": field is immutable' },
    })
  })

  it("is refused when it makes the object unreadable", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { status, body } = await api.patch(space.at("configmaps", "a"), "merge", { data: { x: 5 } })
    expect({ status, reason: body.reason }).toEqual({ status: 422, reason: "Invalid" })
    expect(body.message).toMatch(
      /^ "" is invalid: patch: Invalid value: .*json: cannot unmarshal number into Go struct field ConfigMap\.data of type string$/,
    )
  })

  it("warns of unknown fields, and is refused with Strict", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const path = space.at("configmaps", "a")
    expect((await api.patch(path, "merge", { nope: 1 })).headers["warning"]).toBe('299 - "unknown field \\"nope\\""')
    const { status, body } = await api.patch(`${path}?fieldValidation=Strict`, "merge", { nope: 1 })
    expect(status).toBe(422)
    expect(body.message).toMatch(/strict decoding error: unknown field "nope"$/)
  })

  it("for show changes nothing", async ({ api, space }) => {
    const before = await api.given(space.at("configmaps"), configMap("a"))
    const { body } = await api.patch(`${space.at("configmaps", "a")}?dryRun=All`, "merge", { data: { x: "1" } })
    expect(body.data).toEqual({ x: "1" })
    expect(await api.read(space.at("configmaps", "a"))).toEqual(before)
  })

  it("cannot be forced", async ({ api, space }) => {
    const text = 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch'
    const answer = await api.patch(`${space.at("configmaps", "a")}?force=true`, "merge", {})
    expect(answer).toMatchObject(refusal(422, "Invalid", text))
  })
})

describe.concurrent("the content type of a patch", () => {
  it("has to be one of the four", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const answer = await api.send("PATCH", space.at("configmaps", "a"), {}, { type: "application/json" })
    expect(answer).toMatchObject(refusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", {}))
  })

  it("may say which character set it has", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const type = "application/merge-patch+json; charset=utf-8"
    expect((await api.send("PATCH", space.at("configmaps", "a"), {}, { type })).status).toBe(200)
  })

  it("cannot be strategic for custom kinds", async ({ api, space }) => {
    const text =
      "the body of the request was in an unknown format - accepted media types include: " +
      "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    expect(await api.patch(space.of(`${group}/v1`, "widgets", "a"), "strategic", {})).toMatchObject(
      refusal(415, "UnsupportedMediaType", text),
    )
  })
})
