import { describe, expect } from "vitest"
import { eventually } from "../cluster/eventually.ts"
import type { Api } from "./http.ts"
import { refusal } from "./http.ts"
import { fresh, it } from "./it.ts"
import { configMap, labelled } from "./objects.ts"
import { pathTo } from "./paths.ts"

const namesIn = ({ items }: { items: any[] }): string[] => items.map(({ metadata }) => metadata.name)

async function fill(api: Api, path: string, names: string): Promise<void> {
  await Promise.all(names.split("").map((name) => api.given(path, configMap(name))))
}

describe.concurrent("listing", () => {
  it("gives a list with a resource version, of items without kind and version", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "a")
    const list = await api.read(space.at("configmaps"))
    expect(list).toMatchObject({ kind: "ConfigMapList", apiVersion: "v1" })
    expect(list.metadata).toEqual({ resourceVersion: expect.stringMatching(/^\d+$/) })
    expect(list.items).toMatchObject([{ metadata: { name: "a" } }])
    expect(Object.keys(list.items[0])).not.toContain("kind")
  })

  it("gives an empty array where there is nothing, or no such namespace", async ({ api, space }) => {
    expect((await api.read(space.at("configmaps"))).items).toEqual([])
    expect((await api.read(`/api/v1/namespaces/${fresh("nowhere")}/configmaps`)).items).toEqual([])
  })

  it("is in the order of names", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "cab")
    expect(namesIn(await api.read(space.at("configmaps")))).toEqual(["a", "b", "c"])
  })

  it("takes in all namespaces", async ({ api, space }) => {
    const other = fresh("api")
    await api.given("/api/v1/namespaces", { metadata: { name: other } })
    const label = fresh("both")
    for (const namespace of [space.name, other]) {
      await api.given(pathTo("v1", "configmaps", { namespace }), labelled("a", { label }))
    }
    const { items } = await api.read(`/api/v1/configmaps?labelSelector=label=${label}`)
    const namespaces = items.map(({ metadata }: any) => metadata.namespace)
    expect(namespaces).toEqual([space.name, other].toSorted())
  })

  it("gives metadata alone", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("configmaps"), configMap("a", { key: "value" }))
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1"
    expect((await api.get(space.at("configmaps"), { accept })).body).toMatchObject({
      kind: "PartialObjectMetadataList",
      apiVersion: "meta.k8s.io/v1",
      items: [{ kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata }],
    })
  })

  it("shows what was there at its resource version to a watch from it", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "a")
    const { metadata } = await api.read(space.at("configmaps"))
    await fill(api, space.at("configmaps"), "b")
    const watch = await api.watch(`${space.at("configmaps")}?watch=1&resourceVersion=${metadata.resourceVersion}`)
    expect(await watch.next(1)).toMatchObject([{ type: "ADDED", object: { metadata: { name: "b" } } }])
  })
})

describe.concurrent("listing in pieces", () => {
  it("gives a token for what remains and says how much that is", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "abcde")
    const first = await api.read(`${space.at("configmaps")}?limit=2`)
    expect(namesIn(first)).toEqual(["a", "b"])
    expect(first.metadata).toMatchObject({ continue: expect.stringMatching(/./), remainingItemCount: 3 })
    const second = await api.read(`${space.at("configmaps")}?limit=2&continue=${first.metadata.continue}`)
    expect(namesIn(second)).toEqual(["c", "d"])
    expect(second.metadata.remainingItemCount).toBe(1)
    const third = await api.read(`${space.at("configmaps")}?limit=2&continue=${second.metadata.continue}`)
    expect(namesIn(third)).toEqual(["e"])
    expect(Object.keys(third.metadata)).toEqual(["resourceVersion"])
  })

  it("gives no token where the limit is just enough", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "ab")
    const { metadata } = await api.read(`${space.at("configmaps")}?limit=2`)
    expect(Object.keys(metadata)).toEqual(["resourceVersion"])
  })

  it("shows one moment in all pieces", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "abc")
    const first = await api.read(`${space.at("configmaps")}?limit=1`)
    await fill(api, space.at("configmaps"), "d")
    await api.delete(space.at("configmaps", "b"))
    const rest = await api.read(`${space.at("configmaps")}?continue=${first.metadata.continue}`)
    expect(namesIn(rest)).toEqual(["b", "c"])
    expect(rest.metadata.resourceVersion).toBe(first.metadata.resourceVersion)
  })

  it("does not count what remains behind a selector", async ({ api, space }) => {
    for (const name of ["a", "b", "c"]) await api.given(space.at("configmaps"), labelled(name, { kind: "yes" }))
    const { metadata } = await api.read(`${space.at("configmaps")}?limit=2&labelSelector=kind=yes`)
    expect(metadata.continue).toBeTruthy()
    expect(metadata.remainingItemCount).toBeUndefined()
  })

  it("fills a piece with what the selector lets through", async ({ api, space }) => {
    for (const name of ["a", "b", "c", "d"]) {
      await api.given(space.at("configmaps"), labelled(name, { even: String("bd".includes(name)) }))
    }
    expect(namesIn(await api.read(`${space.at("configmaps")}?limit=2&labelSelector=even=true`))).toEqual(["b", "d"])
  })

  it("refuses a token that is none", async ({ api, space }) => {
    const { status, body } = await api.get(`${space.at("configmaps")}?continue=nonsense`)
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
    expect(body.message).toMatch(/^invalid continue token: continue key is not valid: /)
  })

  it("refuses a token together with a resource version", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "ab")
    const { metadata } = await api.read(`${space.at("configmaps")}?limit=1`)
    const text = "specifying resource version is not allowed when using continue"
    expect(await api.get(`${space.at("configmaps")}?continue=${metadata.continue}&resourceVersion=5`)).toMatchObject(
      refusal(400, "BadRequest", text),
    )
  })

  it("refuses a limit that is no number", async ({ api, space }) => {
    const text = 'strconv.ParseInt: parsing "x": invalid syntax'
    const answer = await api.get(`${space.at("configmaps")}?limit=x`)
    expect(answer).toMatchObject(refusal(400, "BadRequest", text))
  })
})

describe.concurrent("listing at a resource version", () => {
  it("gives what was there exactly then", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "a")
    const { metadata } = await api.read(space.at("configmaps"))
    await fill(api, space.at("configmaps"), "b")
    const query = `resourceVersion=${metadata.resourceVersion}&resourceVersionMatch=Exact`
    const list = await api.read(`${space.at("configmaps")}?${query}`)
    expect(namesIn(list)).toEqual(["a"])
    expect(list.metadata.resourceVersion).toBe(metadata.resourceVersion)
  })

  it("gives something not older", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "a")
    const { metadata } = await api.given(space.at("configmaps"), configMap("b"))
    for (const match of ["", "&resourceVersionMatch=NotOlderThan"]) {
      const list = await api.read(`${space.at("configmaps")}?resourceVersion=${metadata.resourceVersion}${match}`)
      expect(namesIn(list)).toEqual(["a", "b"])
      expect(Number(list.metadata.resourceVersion)).toBeGreaterThanOrEqual(Number(metadata.resourceVersion))
    }
  })

  it("gives any moment with 0", async ({ api, space }) => {
    await fill(api, space.at("configmaps"), "a")
    await eventually("it is there", async () =>
      namesIn(await api.read(`${space.at("configmaps")}?resourceVersion=0`)).includes("a"),
    )
  })

  it("waits a while for one that is not yet, then says so", async ({ api, space }) => {
    const { status, headers, body } = await api.get(`${space.at("configmaps")}?resourceVersion=999999999`)
    expect({ status, retryAfter: headers["retry-after"] }).toEqual({ status: 504, retryAfter: "1" })
    expect(body).toMatchObject({
      status: "Failure",
      message: expect.stringMatching(/^Timeout: Too large resource version: 999999999, current: \d+$/),
      reason: "Timeout",
      details: {
        causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
        retryAfterSeconds: 1,
      },
      code: 504,
    })
  })

  it("refuses a match that does not go with it", async ({ api, space }) => {
    const refused = (problem: string) =>
      refusal(422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: resourceVersionMatch: ${problem}`, {
        group: "meta.k8s.io",
        kind: "ListOptions",
      })
    const list = space.at("configmaps")
    expect(await api.get(`${list}?resourceVersionMatch=Exact`)).toMatchObject(
      refused("Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided"),
    )
    expect(await api.get(`${list}?resourceVersion=0&resourceVersionMatch=Exact`)).toMatchObject(
      refused('Forbidden: resourceVersionMatch "exact" is forbidden for resourceVersion "0"'),
    )
    expect(await api.get(`${list}?resourceVersion=1&resourceVersionMatch=Foo`)).toMatchObject(
      refused('Unsupported value: "Foo": supported values: "Exact", "NotOlderThan", ""'),
    )
  })

  it("refuses one that is no number", async ({ api, space }) => {
    const text =
      'invalid resource version: resourceVersion: Invalid value: "abc": strconv.ParseUint: parsing "abc": invalid syntax'
    const answer = await api.get(`${space.at("configmaps")}?resourceVersion=abc`)
    expect(answer).toMatchObject(refusal(400, "BadRequest", text))
  })
})
