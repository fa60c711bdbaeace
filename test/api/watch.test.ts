import { describe, expect } from "vitest"
import { refusal } from "./http.ts"
import { fresh, it as plain } from "./it.ts"
import { configMap, ingress, labelled } from "./objects.ts"
import { told, type WatchEvent } from "./watch.ts"

/** The place of config maps, and how to watch them from now on. */
const it = plain
  .extend("maps", ({ space }) => space.at("configmaps"))
  .extend("watchMaps", ({ api, maps }) => async (query = "", options?: { accept: string }) => {
    const { metadata } = await api.read(maps)
    return api.watch(`${maps}?watch=1&resourceVersion=${metadata.resourceVersion}${query}`, options)
  })

const versionOf = ({ object }: WatchEvent): number => Number(object.metadata.resourceVersion)

describe.concurrent("watching from a resource version", () => {
  it("tells of every change after it, in order", async ({ api, maps, watchMaps }) => {
    await api.given(maps, configMap("before"))
    const watch = await watchMaps()
    expect(watch).toMatchObject({ status: 200, headers: { "content-type": "application/json" } })
    await api.given(maps, configMap("a"))
    await api.patch(`${maps}/a`, "merge", { data: { x: "1" } })
    await api.given(maps, configMap("b"))
    await api.delete(`${maps}/a`)
    const events = await watch.next(4)
    expect(events.map(told)).toEqual(["ADDED a", "MODIFIED a", "ADDED b", "DELETED a"])
    const versions = events.map(versionOf)
    expect(versions).toEqual(versions.toSorted((one, other) => one - other))
    expect(new Set(versions).size).toBe(4)
  })

  it("tells of whole objects with kind and version", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps()
    const object = await api.given(maps, configMap("a", { x: "1" }))
    expect(await watch.next(1)).toEqual([{ type: "ADDED", object }])
  })

  it("tells of a deleted object how it was last, with a newer version", async ({ api, maps, watchMaps }) => {
    const last = await api.given(maps, configMap("a", { x: "1" }))
    const watch = await watchMaps()
    await api.delete(`${maps}/a`)
    const [event] = await watch.next(1)
    expect(event).toMatchObject({ type: "DELETED", object: { data: { x: "1" }, metadata: { uid: last.metadata.uid } } })
    expect(versionOf(event!)).toBeGreaterThan(Number(last.metadata.resourceVersion))
  })

  it("goes on from any version that was told", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps()
    for (const name of ["a", "b", "c"]) await api.given(maps, configMap(name))
    const [first] = await watch.next(3)
    const second = await api.watch(`${maps}?watch=1&resourceVersion=${versionOf(first!)}`)
    expect((await second.next(2)).map(told)).toEqual(["ADDED b", "ADDED c"])
  })

  it("says nothing of writes that change nothing", async ({ api, maps, watchMaps }) => {
    await api.given(maps, configMap("a", { x: "1" }))
    const watch = await watchMaps()
    await api.patch(`${maps}/a`, "merge", { data: { x: "1" } })
    await api.replace(`${maps}/a`, configMap("a", { x: "1" }))
    await api.create(`${maps}?dryRun=All`, configMap("b"))
    await api.given(maps, configMap("last"))
    expect((await watch.next(1)).map(told)).toEqual(["ADDED last"])
  })

  it("tells of a deletion that finalizers delay, then of its end", async ({ api, maps, watchMaps }) => {
    await api.given(maps, configMap("a", {}, { finalizers: ["shop.example.com/hold"] }))
    const watch = await watchMaps()
    await api.delete(`${maps}/a`)
    await api.patch(`${maps}/a`, "merge", { metadata: { finalizers: null } })
    const [marked, removed] = await watch.next(2)
    expect(marked).toMatchObject({ type: "MODIFIED", object: { metadata: { deletionTimestamp: expect.any(String) } } })
    expect(removed).toMatchObject({ type: "DELETED", object: { metadata: { name: "a" } } })
  })

  it("tells of changes of the status", async ({ api, space }) => {
    const { metadata } = await api.given(space.at("ingresses"), ingress("a"))
    const watch = await api.watch(`${space.at("ingresses")}?watch=1&resourceVersion=${metadata.resourceVersion}`)
    const status = { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } }
    await api.patch(space.at("ingresses", "a", "status"), "merge", { status })
    expect(await watch.next(1)).toMatchObject([{ type: "MODIFIED", object: { status } }])
  })

  it("tells of each of many that are deleted together", async ({ api, maps, watchMaps }) => {
    for (const name of ["a", "b", "c"]) await api.given(maps, configMap(name))
    const watch = await watchMaps()
    await api.delete(maps)
    expect((await watch.next(3)).map(told).toSorted()).toEqual(["DELETED a", "DELETED b", "DELETED c"])
  })

  it("tells everybody the same", async ({ api, maps, watchMaps }) => {
    const watches = [await watchMaps(), await watchMaps()]
    for (const name of ["a", "b", "c"]) await api.given(maps, configMap(name))
    await api.delete(`${maps}/b`)
    const [one, other] = await Promise.all(watches.map((watch) => watch.next(4)))
    expect(one).toEqual(other)
  })
})

describe.concurrent("watching from the start", () => {
  it("begins with what is there at resource version 0", async ({ api, maps }) => {
    for (const name of ["b", "a"]) await api.given(maps, configMap(name))
    const watch = await api.watch(`${maps}?watch=true&resourceVersion=0`)
    expect((await watch.next(2)).map(told).toSorted()).toEqual(["ADDED a", "ADDED b"])
    await api.given(maps, configMap("c"))
    expect((await watch.next(1)).map(told)).toEqual(["ADDED c"])
  })

  it("begins with what is there without a resource version", async ({ api, maps }) => {
    await api.given(maps, configMap("a"))
    const first = api.watch(`${maps}?watch=1`).then((watch) => watch.next(1))
    // On an old etcd the real server waits until the next write to learn that it knows everything.
    let waiting = true
    void first.finally(() => (waiting = false)).catch(() => {})
    for (let turn = 0; waiting; turn++) await api.patch(`${maps}/a`, "merge", { data: { turn: String(turn) } })
    expect((await first).map(told)).toEqual(["ADDED a"])
  })

  it("ends the beginning with a bookmark when asked, or says that it cannot", async ({ api, maps }) => {
    await api.given(maps, configMap("a"))
    const query = "watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true"
    const watch = await api.watch(`${maps}?${query}&timeoutSeconds=20`)
    const events = await watch.until(({ type }) => type === "BOOKMARK" || type === "ERROR")
    if (events[0]!.type === "ERROR") {
      // What the real server does on an etcd before 3.4.25.
      expect(events[0]!.object).toMatchObject({ kind: "Status", reason: "InternalError", code: 500 })
      return
    }
    expect(events.map(({ type }) => type)).toEqual(["ADDED", "BOOKMARK"])
    expect(events[1]!.object.metadata.annotations).toEqual({ "k8s.io/initial-events-end": "true" })
  })

  it("has rules for these options", async ({ api, maps }) => {
    const refused = (problem: string) => refusal(422, "Invalid", `ListOptions.meta.k8s.io "" is invalid: ${problem}`)
    expect(
      await api.get(`${maps}?watch=1&timeoutSeconds=1&sendInitialEvents=true&allowWatchBookmarks=true`),
    ).toMatchObject(
      refused(
        "resourceVersionMatch: Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
      ),
    )
    expect(await api.get(`${maps}?sendInitialEvents=true`)).toMatchObject(
      refused("sendInitialEvents: Forbidden: sendInitialEvents is forbidden for list"),
    )
    expect(await api.get(`${maps}?watch=1&timeoutSeconds=1&resourceVersionMatch=NotOlderThan`)).toMatchObject(
      refused(
        "resourceVersionMatch: Forbidden: resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided",
      ),
    )
  })
})

describe.concurrent("watching a part", () => {
  it("shows objects come and go as their labels change", async ({ api, maps, watchMaps }) => {
    await api.given(maps, labelled("a", { color: "red" }))
    const watch = await watchMaps("&labelSelector=color=blue")
    const paint = (color: string) => api.patch(`${maps}/a`, "merge", { metadata: { labels: { color } } })
    await paint("blue")
    await api.patch(`${maps}/a`, "merge", { data: { x: "1" } })
    await paint("green")
    await paint("yellow")
    await api.given(maps, labelled("b", { color: "red" }))
    await api.given(maps, labelled("last", { color: "blue" }))
    const events = await watch.next(4)
    expect(events.map(told)).toEqual(["ADDED a", "MODIFIED a", "DELETED a", "ADDED last"])
    // How it was when it still belonged, at the version at which it no longer did.
    expect(events[2]!.object.metadata.labels).toEqual({ color: "blue" })
    expect(versionOf(events[2]!)).toBeGreaterThan(versionOf(events[1]!))
  })

  it("begins with what the selector chooses", async ({ api, maps }) => {
    for (const [name, color] of Object.entries({ a: "red", b: "blue" }))
      await api.given(maps, labelled(name, { color }))
    const watch = await api.watch(`${maps}?watch=1&resourceVersion=0&labelSelector=color=blue`)
    expect((await watch.next(1)).map(told)).toEqual(["ADDED b"])
  })

  it("shows one object by its name", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps("&fieldSelector=metadata.name=a")
    for (const name of ["b", "a", "c"]) await api.given(maps, configMap(name))
    await api.delete(`${maps}/b`)
    await api.delete(`${maps}/a`)
    expect((await watch.next(2)).map(told)).toEqual(["ADDED a", "DELETED a"])
  })

  it("shows one namespace, or all", async ({ api, maps, watchMaps }) => {
    const other = fresh("api")
    await api.given("/api/v1/namespaces", { metadata: { name: other } })
    const label = fresh("l")
    const { metadata } = await api.read(`${maps}?limit=1`)
    const all = await api.watch(
      `/api/v1/configmaps?watch=1&resourceVersion=${metadata.resourceVersion}&labelSelector=label=${label}`,
    )
    const here = await watchMaps()
    await api.given(`/api/v1/namespaces/${other}/configmaps`, labelled("there", { label }))
    await api.given(maps, labelled("here", { label }))
    expect((await all.next(2)).map(told)).toEqual(["ADDED there", "ADDED here"])
    expect((await here.next(1)).map(told)).toEqual(["ADDED here"])
  })

  it("is refused with a selector that cannot be read", async ({ api, maps }) => {
    expect(await api.get(`${maps}?watch=1&timeoutSeconds=1&labelSelector=a%20in`)).toMatchObject({ status: 400 })
    expect(await api.get(`${maps}?watch=1&timeoutSeconds=1&fieldSelector=spec.x=1`)).toMatchObject({ status: 400 })
  })
})

describe.concurrent("watching in other forms", () => {
  it("gives tables of one row, the columns only in the first", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps("", { accept: "application/json;as=Table;g=meta.k8s.io;v=v1" })
    await api.given(maps, configMap("a", { x: "1" }))
    await api.given(maps, configMap("b"))
    const [first, second] = await watch.next(2)
    expect(first).toMatchObject({ type: "ADDED", object: { kind: "Table", apiVersion: "meta.k8s.io/v1" } })
    expect(first!.object.columnDefinitions.map(({ name }: any) => name)).toEqual(["Name", "Data", "Age"])
    expect(first!.object.rows).toMatchObject([
      { cells: ["a", 1, expect.any(String)], object: { kind: "PartialObjectMetadata", metadata: { name: "a" } } },
    ])
    expect(second!.object.columnDefinitions).toBeNull()
    expect(second!.object.rows).toMatchObject([{ cells: ["b", 0, expect.any(String)] }])
  })

  it("gives metadata alone", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps("", { accept: "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1" })
    const { metadata } = await api.given(maps, configMap("a", { x: "1" }))
    const object = { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata }
    expect(await watch.next(1)).toEqual([{ type: "ADDED", object }])
  })

  it("gives no YAML", async ({ api, maps }) => {
    const accept = "application/yaml"
    expect((await api.watch(`${maps}?watch=1&resourceVersion=0&timeoutSeconds=1`, { accept })).status).toBe(406)
  })
})

describe.concurrent("the end of a watch", () => {
  it("comes after the time that is asked for", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps("&timeoutSeconds=1")
    await api.given(maps, configMap("a"))
    expect((await watch.rest()).map(told)).toEqual(["ADDED a"])
  })

  it("is announced by a bookmark to those who want one", async ({ api, maps, watchMaps }) => {
    const watch = await watchMaps("&timeoutSeconds=3&allowWatchBookmarks=true")
    await api.given(maps, configMap("a"))
    const [added, bookmark] = await watch.next(2)
    expect(added!.type).toBe("ADDED")
    expect(bookmark).toMatchObject({
      type: "BOOKMARK",
      object: { kind: "ConfigMap", apiVersion: "v1", metadata: { resourceVersion: expect.stringMatching(/^\d+$/) } },
    })
    expect(versionOf(bookmark!)).toBeGreaterThanOrEqual(versionOf(added!))
    expect(bookmark!.object.metadata.name).toBeUndefined()
  })
})
