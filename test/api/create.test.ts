import { describe, expect } from "vitest"
import { agentName, refusal } from "./http.ts"
import { fresh, it } from "./it.ts"
import { configMap, deployment, ingress } from "./objects.ts"

const aMoment = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/
const aUid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/

describe.concurrent("creating", () => {
  it("answers 201 with the object as it is stored", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), configMap("a", { key: "value" }))
    expect(status).toBe(201)
    expect(body).toMatchObject({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "a",
        namespace: space.name,
        uid: expect.stringMatching(aUid),
        resourceVersion: expect.stringMatching(/^\d+$/),
        creationTimestamp: expect.stringMatching(aMoment),
      },
      data: { key: "value" },
    })
    expect(await api.read(space.at("configmaps", "a"))).toEqual(body)
  })

  it("starts generations at 1 where there is a spec", async ({ api, space }) => {
    const object = await api.given(space.at("ingresses"), ingress("a", {}, { generation: 7 }))
    expect(object.metadata.generation).toBe(1)
    const without = await api.given(space.at("configmaps"), configMap("a"))
    expect(without.metadata.generation).toBeUndefined()
  })

  it("takes kind and version from the path where the body has none", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), { metadata: { name: "a" } })
    expect(status).toBe(201)
    expect(body).toMatchObject({ apiVersion: "v1", kind: "ConfigMap" })
  })

  it("makes up a name that begins as asked", async ({ api, space }) => {
    const generate = { apiVersion: "v1", kind: "ConfigMap", metadata: { generateName: "gen-" } }
    const [one, other] = [
      await api.given(space.at("configmaps"), generate),
      await api.given(space.at("configmaps"), generate),
    ]
    expect(one.metadata).toMatchObject({ name: expect.stringMatching(/^gen-[a-z0-9]{5}$/), generateName: "gen-" })
    expect(one.metadata.name).not.toBe(other.metadata.name)
  })

  it("ignores what only the server sets", async ({ api, space }) => {
    const claims = { uid: "mine", creationTimestamp: "2001-01-01T00:00:00Z", deletionTimestamp: "2001-01-01T00:00:00Z" }
    const { metadata } = await api.given(space.at("configmaps"), configMap("a", {}, claims))
    expect(metadata.uid).toMatch(aUid)
    expect(metadata.creationTimestamp).not.toMatch(/^2001/)
    expect(metadata.deletionTimestamp).toBeUndefined()
  })

  it("drops a status where that is a subresource", async ({ api, space }) => {
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } }
    const object = await api.given(space.at("ingresses"), { ...ingress("a"), status })
    expect(object["status"]).toEqual({ loadBalancer: {} })
  })

  it("notes who wrote which fields, and under which name", async ({ api, space }) => {
    const { metadata }: any = await api.given(space.at("configmaps"), configMap("a", { key: "value" }))
    expect(metadata.managedFields).toEqual([
      {
        manager: agentName,
        operation: "Update",
        apiVersion: "v1",
        time: expect.stringMatching(aMoment),
        fieldsType: "FieldsV1",
        fieldsV1: { "f:data": { ".": {}, "f:key": {} } },
      },
    ])
    const path = `${space.at("configmaps")}?fieldManager=somebody`
    const named: any = await api.given(path, configMap("b", {}, { labels: { a: "b" } }))
    expect(named.metadata.managedFields).toMatchObject([
      { manager: "somebody", fieldsV1: { "f:metadata": { "f:labels": { ".": {}, "f:a": {} } } } },
    ])
  })

  it("reads YAML", async ({ api, space }) => {
    const yaml = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  on-call: |\n    nobody\n"
    const { status, body } = await api.create(space.at("configmaps"), yaml, { type: "application/yaml" })
    expect(status).toBe(201)
    expect(body.data).toEqual({ "on-call": "nobody\n" })
  })

  it("reads JSON that says which character set it has", async ({ api, space }) => {
    const type = "application/json; charset=utf-8"
    const { status, body } = await api.create(space.at("configmaps"), configMap("a", { word: "näh" }), { type })
    expect(status).toBe(201)
    expect(body.data).toEqual({ word: "näh" })
  })

  it("takes a body without content type as JSON", async ({ api, space }) => {
    const { status } = await api.create(space.at("configmaps"), configMap("a"), { type: "" })
    expect(status).toBe(201)
  })
})

describe.concurrent("creating is refused", () => {
  it("when it is there already", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const again = await api.create(space.at("configmaps"), configMap("a"))
    const details = { name: "a", kind: "configmaps" }
    expect(again).toMatchObject(refusal(409, "AlreadyExists", 'configmaps "a" already exists', details))
  })

  it("when it is there already, with the group in the text", async ({ api, space }) => {
    await api.given(space.at("ingresses"), ingress("a"))
    const again = await api.create(space.at("ingresses"), ingress("a"))
    const details = { name: "a", group: "networking.k8s.io", kind: "ingresses" }
    const text = 'ingresses.networking.k8s.io "a" already exists'
    expect(again).toMatchObject(refusal(409, "AlreadyExists", text, details))
  })

  it("when the name is not one", async ({ api, space }) => {
    const problem =
      'Invalid value: "Bad_Name": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, ' +
      "'-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation " +
      "is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    expect(await api.create(space.at("configmaps"), configMap("Bad_Name"))).toMatchObject(
      refusal(422, "Invalid", `ConfigMap "Bad_Name" is invalid: metadata.name: ${problem}`, {
        name: "Bad_Name",
        kind: "ConfigMap",
        causes: [{ reason: "FieldValueInvalid", message: problem, field: "metadata.name" }],
      }),
    )
  })

  it("when there is no name at all", async ({ api, space }) => {
    const problem = "Required value: name or generateName is required"
    expect(await api.create(space.at("configmaps"), { metadata: {} })).toMatchObject(
      refusal(422, "Invalid", `ConfigMap "" is invalid: metadata.name: ${problem}`, {
        kind: "ConfigMap",
        causes: [{ reason: "FieldValueRequired", message: problem, field: "metadata.name" }],
      }),
    )
  })

  it("when labels or annotations have unusable keys or values, all told together", async ({ api, space }) => {
    const metadata = { labels: { "a b": "c!" }, annotations: { "/x": "y" } }
    const { status, body } = await api.create(space.at("configmaps"), configMap("a", {}, metadata))
    expect(status).toBe(422)
    expect(body.details.causes).toEqual([
      {
        reason: "FieldValueInvalid",
        field: "metadata.labels",
        message:
          "Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start " +
          "and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for " +
          "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
      },
      {
        reason: "FieldValueInvalid",
        field: "metadata.labels",
        message:
          'Invalid value: "c!": a valid label must be an empty string or consist of alphanumeric characters, ' +
          "'-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or " +
          "'12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
      },
      {
        reason: "FieldValueInvalid",
        field: "metadata.annotations",
        message: 'Invalid value: "/x": prefix part must be non-empty',
      },
    ])
    const [one, two, three] = body.details.causes.map(({ field, message }: any) => `${field}: ${message}`)
    expect(body.message).toBe(`ConfigMap "a" is invalid: [${one}, ${two}, ${three}]`)
  })

  it("when there is no such namespace", async ({ api }) => {
    const nowhere = fresh("nowhere")
    expect(await api.create(`/api/v1/namespaces/${nowhere}/configmaps`, configMap("a"))).toMatchObject(
      refusal(404, "NotFound", `namespaces "${nowhere}" not found`, { name: nowhere, kind: "namespaces" }),
    )
  })

  it("when body and path name different namespaces", async ({ api, space }) => {
    const elsewhere = configMap("a", {}, { namespace: "elsewhere" })
    const text = "the namespace of the provided object does not match the namespace sent on the request"
    expect(await api.create(space.at("configmaps"), elsewhere)).toMatchObject(refusal(400, "BadRequest", text))
  })

  it("when it claims a resource version", async ({ api, space }) => {
    const text = "resourceVersion should not be set on objects to be created"
    const claim = configMap("a", {}, { resourceVersion: "5" })
    expect(await api.create(space.at("configmaps"), claim)).toMatchObject({ status: 500, body: { message: text } })
  })

  it("when the body is of a kind that nobody knows", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), { ...configMap("a"), kind: "Nope" })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain(
      'Nope in version "v1" cannot be handled as a ConfigMap: no kind "Nope" is registered',
    )
  })

  it("when the body is of a version that nobody knows", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), { ...configMap("a"), apiVersion: "v9" })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain('ConfigMap in version "v9" cannot be handled as a ConfigMap: no kind "ConfigMap"')
  })

  it("when the body is of another kind than the path", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), deployment("a"))
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toContain('Deployment in version "v1" cannot be handled as a ConfigMap')
  })

  it("when the body is no JSON, nothing, or not an object", async ({ api, space }) => {
    for (const text of ['{"metadata":', "", "[]"]) {
      const { status, body } = await api.create(space.at("configmaps"), text)
      expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
      expect(body.message).toContain("the object provided is unrecognized (must be of type ConfigMap)")
    }
  })

  it("when the content type is not one it reads", async ({ api, space }) => {
    const text =
      "the body of the request was in an unknown format - accepted media types include: " +
      "application/json, application/yaml, application/vnd.kubernetes.protobuf"
    expect(await api.create(space.at("configmaps"), configMap("a"), { type: "text/plain" })).toMatchObject(
      refusal(415, "UnsupportedMediaType", text),
    )
  })

  it("when a field is of the wrong type", async ({ api, space }) => {
    const { status, body } = await api.create(space.at("configmaps"), { metadata: { name: "a" }, data: { key: 1 } })
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toBe(
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct field ' +
        "ConfigMap.data of type string",
    )
  })

  it("at the path of one object", async ({ api, space }) => {
    const text = "the server does not allow this method on the requested resource"
    const answer = await api.create(space.at("configmaps", "a"), configMap("a"))
    expect(answer).toMatchObject(refusal(405, "MethodNotAllowed", text, {}))
  })
})

describe.concurrent("creating for show (dryRun)", () => {
  it("answers as if it were done, and does nothing", async ({ api, space }) => {
    const { status, body } = await api.create(`${space.at("configmaps")}?dryRun=All`, configMap("a"))
    expect(status).toBe(201)
    expect(body.metadata).toMatchObject({ name: "a", uid: expect.stringMatching(aUid) })
    expect(body.metadata.resourceVersion).toBeUndefined()
    expect((await api.get(space.at("configmaps", "a"))).status).toBe(404)
  })

  it("is refused for the same reasons", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    expect(await api.create(`${space.at("configmaps")}?dryRun=All`, configMap("a"))).toMatchObject({ status: 409 })
  })

  it("knows only All", async ({ api, space }) => {
    const problem = 'Unsupported value: ["Some"]: supported values: "All"'
    expect(await api.create(`${space.at("configmaps")}?dryRun=Some`, configMap("a"))).toMatchObject(
      refusal(422, "Invalid", `CreateOptions.meta.k8s.io "" is invalid: dryRun: ${problem}`, {
        group: "meta.k8s.io",
        kind: "CreateOptions",
        causes: [{ reason: "FieldValueNotSupported", message: problem, field: "dryRun" }],
      }),
    )
  })
})

describe.concurrent("unknown and repeated fields", () => {
  const odd = { metadata: { name: "a", nope: 1 }, dat: { key: "value" } }

  it("are dropped with a warning unless told otherwise", async ({ api, space }) => {
    for (const query of ["", "?fieldValidation=Warn"]) {
      const { status, headers, body } = await api.create(`${space.at("configmaps")}${query}`, {
        metadata: { generateName: "a-" },
        dat: {},
      })
      expect(status).toBe(201)
      expect(headers["warning"]).toBe('299 - "unknown field \\"dat\\""')
      expect(body.dat).toBeUndefined()
    }
  })

  it("are warned of one by one", async ({ api, space }) => {
    const { headers } = await api.create(space.at("configmaps"), odd)
    expect(headers["warning"]).toEqual(['299 - "unknown field \\"metadata.nope\\""', '299 - "unknown field \\"dat\\""'])
  })

  it("are dropped in silence with Ignore", async ({ api, space }) => {
    const { status, headers } = await api.create(`${space.at("configmaps")}?fieldValidation=Ignore`, odd)
    expect(status).toBe(201)
    expect(headers["warning"]).toBeUndefined()
  })

  it("are refused with Strict", async ({ api, space }) => {
    const text =
      'ConfigMap in version "v1" cannot be handled as a ConfigMap: strict decoding error: ' +
      'unknown field "metadata.nope", unknown field "dat"'
    const answer = await api.create(`${space.at("configmaps")}?fieldValidation=Strict`, odd)
    expect(answer).toMatchObject(refusal(400, "BadRequest", text))
  })

  it("deep inside lists are named with their place", async ({ api, space }) => {
    const path = `${space.at("deployments")}?fieldValidation=Strict`
    const containers = [{ name: "web", image: "web:1", imagee: "x" }]
    expect((await api.create(path, deployment("a", {}, { containers }))).body.message).toBe(
      'Deployment in version "v1" cannot be handled as a Deployment: strict decoding error: ' +
        'unknown field "spec.template.spec.containers[0].imagee"',
    )
  })

  it("are refused when repeated", async ({ api, space }) => {
    const repeated = '{"metadata":{"name":"a"},"data":{"key":"1","key":"2"}}'
    const { status, body } = await api.create(`${space.at("configmaps")}?fieldValidation=Strict`, repeated)
    expect(status).toBe(400)
    expect(body.message).toContain('strict decoding error: duplicate field "data.key"')
  })

  it("know only Ignore, Warn and Strict", async ({ api, space }) => {
    const text =
      'CreateOptions.meta.k8s.io "" is invalid: fieldValidation: Unsupported value: "Nope": ' +
      'supported values: "", "Ignore", "Strict", "Warn"'
    const answer = await api.create(`${space.at("configmaps")}?fieldValidation=Nope`, configMap("a"))
    expect(answer).toMatchObject(refusal(422, "Invalid", text))
  })
})
