import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import type { Cluster } from "../contract.ts"
import { type ApiServer, type ApiServerOptions, startApiServer } from "./server.ts"

const servers: ApiServer[] = []
const folders: string[] = []
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

async function start(options: ApiServerOptions = {}): Promise<ApiServer> {
  const onError = (error: unknown) => {
    throw error
  }
  const server = await startApiServer({ onError, ...options })
  servers.push(server)
  return server
}

const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true }
const crdKind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" }
const widgetKind = { apiVersion: "example.com/v1", kind: "Widget" }

const definition = (names: object = {}, version: object = {}): KubeObject => {
  const all = { plural: "widgets", kind: "Widget", ...names }
  const schema = { openAPIV3Schema: anything }
  return {
    ...crdKind,
    metadata: { name: `${all.plural}.example.com` },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: all,
      versions: [{ name: "v1", served: true, storage: true, schema, ...version }],
    },
  }
}
const widget = (finalizers: string[] = []): KubeObject => ({
  ...widgetKind,
  metadata: { name: "a", namespace: "default", finalizers },
})

const named = (cluster: Cluster, name = "widgets") => cluster.get({ ...crdKind, name: `${name}.example.com` })
const conditions = (crd: KubeObject | undefined) =>
  crd?.["status"].conditions.map(({ type, status, reason }: KubeObject["spec"]) => `${type} ${status} ${reason}`)
const widgetRef = { ...widgetKind, namespace: "default", name: "a" }

describe("definitions", () => {
  it("wait for the one name that another has, and say for which", async () => {
    const { cluster } = await start()
    cluster.create(definition({ shortNames: ["x", "y"] }))
    cluster.create(definition({ plural: "others", kind: "Other", shortNames: ["x", "y", "z"] }))
    const waiting = named(cluster, "others")
    expect(conditions(waiting)).toEqual(["NamesAccepted False ShortNamesConflict", "Established False NotAccepted"])
    expect(waiting!["status"].conditions[0].message).toBe('["x" is already in use, "y" is already in use]')
    expect(waiting!["status"].acceptedNames).toEqual({
      plural: "others",
      singular: "other",
      kind: "Other",
      listKind: "OtherList",
    })
    cluster.patch({ ...crdKind, name: "widgets.example.com" }, { spec: { names: { shortNames: ["y"] } } })
    expect(conditions(named(cluster, "others"))?.[0]).toBe("NamesAccepted False ShortNamesConflict")
    cluster.patch({ ...crdKind, name: "widgets.example.com" }, { spec: { names: { shortNames: null } } })
    expect(conditions(named(cluster, "others"))).toEqual([
      "NamesAccepted True NoConflicts",
      "Established True InitialNamesAccepted",
    ])
    expect(cluster.list({ apiVersion: "example.com/v1", kind: "Other" })).toEqual([])
  })

  it("stay established under their old names when they ask for names that another has", async () => {
    const { cluster } = await start()
    cluster.create(definition({ shortNames: ["x"] }))
    cluster.create(definition({ plural: "others", kind: "Other" }))
    cluster.patch({ ...crdKind, name: "others.example.com" }, { spec: { names: { shortNames: ["x"] } } })
    expect(conditions(named(cluster, "others"))).toEqual([
      "NamesAccepted False ShortNamesConflict",
      "Established True InitialNamesAccepted",
    ])
    expect(cluster.list({ apiVersion: "example.com/v1", kind: "Other" })).toEqual([])
  })

  it("go at once when they never came to have their names", async () => {
    const { cluster } = await start()
    cluster.create(definition())
    cluster.create(definition({ plural: "others" }))
    cluster.delete({ ...crdKind, name: "others.example.com" })
    expect(named(cluster, "others")).toBeUndefined()
  })

  it("go when the last of their objects goes, also after a restart", async () => {
    const dataDir = mkdtempSync(join(tmpdir(), "definitions-"))
    folders.push(dataDir)
    const first = await start({ dataDir })
    first.cluster.create(definition())
    first.cluster.create(widget(["example.com/hold"]))
    first.cluster.delete({ ...crdKind, name: "widgets.example.com" })
    await servers.pop()!.close()
    const { cluster } = await start({ dataDir })
    expect(conditions(named(cluster))).toContain("Terminating True InstanceDeletionInProgress")
    expect(() => cluster.create({ ...widget(), metadata: { name: "b", namespace: "default" } })).toThrow("terminating")
    cluster.patch(widgetRef, { metadata: { finalizers: null } })
    expect(named(cluster)).toBeUndefined()
    expect(() => cluster.get(widgetRef)).toThrow("no matches for kind")
  })

  it("take along objects of versions that are not served", async () => {
    const { cluster } = await start()
    cluster.create(definition())
    cluster.create(widget())
    const version = definition()["spec"].versions[0]
    cluster.patch({ ...crdKind, name: "widgets.example.com" }, { spec: { versions: [{ ...version, served: false }] } })
    cluster.delete({ ...crdKind, name: "widgets.example.com" })
    cluster.create(definition())
    expect(cluster.list(widgetKind)).toEqual([])
  })

  it("end watches of their kind when they change it, and only then", async () => {
    const { cluster, url } = await start()
    cluster.create(definition())
    const response = await fetch(`${url}/apis/example.com/v1/widgets?watch=1`)
    cluster.patch({ ...crdKind, name: "widgets.example.com" }, { metadata: { labels: { a: "b" } } })
    cluster.create(definition({ plural: "others", kind: "Other" }))
    cluster.create(widget())
    const schema = { openAPIV3Schema: { type: "object", properties: { spec: anything } } }
    const versions = [{ ...definition()["spec"].versions[0], schema }]
    cluster.patch({ ...crdKind, name: "widgets.example.com" }, { spec: { versions } })
    const lines = (await response.text()).trim().split("\n")
    expect(lines.map((line) => JSON.parse(line).type)).toEqual(["ADDED"])
  })

  it("change what watches in the same process see", async () => {
    const { cluster } = await start()
    cluster.create(definition())
    const seen: unknown[] = []
    cluster.watch(widgetKind, (_, object) => seen.push(object["spec"]))
    const spec = { type: "object", default: {}, properties: { word: { type: "string", default: "late" } } }
    const schema = { openAPIV3Schema: { type: "object", properties: { spec } } }
    const versions = [{ ...definition()["spec"].versions[0], schema }]
    cluster.patch({ ...crdKind, name: "widgets.example.com" }, { spec: { versions } })
    cluster.create(widget())
    expect(seen).toEqual([{ word: "late" }])
  })
})
