import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import { refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, ingress } from "./objects.ts"

describe.concurrent("getting one object", () => {
  it("answers 404 with the name when it is not there", async ({ api, space }) => {
    const details = { name: "a", kind: "configmaps" }
    expect(await api.get(space.at("configmaps", "a"))).toMatchObject(
      refusal(404, "NotFound", 'configmaps "a" not found', details),
    )
  })

  it("names the group of what is not there", async ({ api, space }) => {
    const details = { name: "a", group: "networking.k8s.io", kind: "ingresses" }
    expect(await api.get(space.at("ingresses", "a"))).toMatchObject(
      refusal(404, "NotFound", 'ingresses.networking.k8s.io "a" not found', details),
    )
  })

  it("does not care about the namespace's existence", async ({ api }) => {
    const answer = await api.get("/api/v1/namespaces/nowhere-at-all/configmaps/a")
    expect(answer).toMatchObject(refusal(404, "NotFound", 'configmaps "a" not found'))
  })

  it("answers from any moment with resource version 0", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const path = `${space.at("configmaps", "a")}?resourceVersion=0`
    await eventually("it is known", async () => (await api.get(path)).status === 200)
  })

  it("answers with the status at the status subresource", async ({ api, space }) => {
    await api.given(space.at("ingresses"), ingress("a"))
    const whole = await api.read(space.at("ingresses", "a"))
    expect(await api.read(space.at("ingresses", "a", "status"))).toEqual(whole)
  })

  it("answers in YAML", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a", { key: "value" }))
    const { status, headers, body } = await api.get(space.at("configmaps", "a"), { accept: "application/yaml" })
    expect({ status, type: headers["content-type"] }).toEqual({ status: 200, type: "application/yaml" })
    expect(body).toContain("apiVersion: v1\ndata:\n  key: value\nkind: ConfigMap\nmetadata:\n")
  })

  it("answers with metadata alone", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a", { key: "value" }))
    const accept = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
    const { body } = await api.get(space.at("configmaps", "a"), { accept })
    expect(body).toEqual({ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata })
  })

  it("answers with the first form it knows of those that are accepted", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const accept = "application/json;as=Nope;g=meta.k8s.io;v=v1,application/json"
    const { body } = await api.get(space.at("configmaps", "a"), { accept })
    expect(body.kind).toBe("ConfigMap")
    expect((await api.get(space.at("configmaps", "a"), { accept: "*/*" })).body.kind).toBe("ConfigMap")
  })

  it("answers 406 where no form is known", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const accept = "application/json;as=Nope;g=meta.k8s.io;v=v1"
    expect(await api.get(space.at("configmaps", "a"), { accept })).toMatchObject({
      status: 406,
      body: { reason: "NotAcceptable", code: 406 },
    })
    expect((await api.get(space.at("configmaps", "a"), { accept: "text/html" })).status).toBe(406)
  })

  it("allows browsers to read nothing of it from a cache", async ({ api, space }) => {
    await api.given(space.at("configmaps"), configMap("a"))
    const { headers } = await api.get(space.at("configmaps", "a"))
    expect(headers).toMatchObject({ "cache-control": "no-cache, private", "content-type": "application/json" })
  })

  it("knows the methods of a path", async ({ api, space }) => {
    const text = "the server does not allow this method on the requested resource"
    const refused = refusal(405, "MethodNotAllowed", text, {})
    expect(await api.replace(space.at("configmaps"), configMap("a"))).toMatchObject(refused)
    expect(await api.send("DELETE", "/api/v1/namespaces")).toMatchObject(refused)
  })
})
