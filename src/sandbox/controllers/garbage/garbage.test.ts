import { type KubeObject, refOf } from "#api/objects.ts"
import { beforeEach, describe, expect, it } from "vitest"
import type { Kind } from "../../contract.ts"
import { configMaps, isEnding, namespaces } from "../kinds.ts"
import { conditionIn, type Stage, stage } from "../stage.test-support.ts"
import { startNamespaceContents } from "../namespace/contents.ts"
import { startNamespaceEnd } from "../namespace/end.ts"
import { type Everything, followEverything } from "./everything.ts"
import { startGarbageCollector } from "./garbage.ts"

const definitions: Kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" }
const secrets: Kind = { apiVersion: "v1", kind: "Secret" }
const serviceAccounts: Kind = { apiVersion: "v1", kind: "ServiceAccount" }
let kinds: Kind[]
let scene: Stage

beforeEach(() => {
  kinds = [configMaps, namespaces, definitions, serviceAccounts]
  let everything: Everything
  scene = stage(
    (world) => {
      everything = followEverything({ ...world, kinds: () => kinds })
      return startGarbageCollector(world, everything)
    },
    (world) => startNamespaceEnd(world, everything),
    startNamespaceContents,
  )
})

interface Made {
  namespace?: string
  owners?: KubeObject[]
  isBlocking?: boolean
  finalizers?: string[]
}

function make(
  name: string,
  { namespace = "test", owners = [], isBlocking = false, finalizers }: Made = {},
): KubeObject {
  const ownerReferences = owners.map(({ apiVersion, kind, metadata }) => ({
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid!,
    blockOwnerDeletion: isBlocking,
  }))
  return scene.cluster.create({
    ...configMaps,
    metadata: {
      name,
      namespace,
      ...(owners.length > 0 ? { ownerReferences } : {}),
      ...(finalizers ? { finalizers } : {}),
    },
  })
}
const namesIn = (namespace: string) => scene.cluster.list(configMaps, namespace).map(({ metadata }) => metadata.name)
/** Without what every namespace has. */
const names = () => namesIn("test").filter((name) => name !== "kube-root-ca.crt")
const definition: KubeObject = {
  ...definitions,
  metadata: { name: "widgets.test.dev" },
  spec: {
    group: "test.dev",
    scope: "Namespaced",
    names: { plural: "widgets", singular: "widget", kind: "Widget", listKind: "WidgetList" },
    versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
  },
}
const now = (object: KubeObject) => scene.cluster.get(refOf(object))
const unfinalize = (object: KubeObject) => scene.cluster.patch(refOf(object), { metadata: { finalizers: null } })

describe("the garbage collector", () => {
  it("deletes what an object owned when the object goes, and what that owned", async () => {
    const owner = make("owner")
    make("grandchild", { owners: [make("child", { owners: [owner] })] })
    await scene.settle()
    scene.cluster.delete(refOf(owner))
    await scene.settle()
    expect(names()).toEqual([])
  })

  it("deletes an object whose owner never was or was another one of that name", async () => {
    const owner = make("owner")
    const { uid: _uid, ...metadata } = owner.metadata
    make("child", { owners: [{ ...owner, metadata: { ...metadata, uid: "another" } }] })
    await scene.settle()
    expect(names()).toEqual(["owner"])
  })

  it("keeps an object that still has another owner, and forgets the one that went", async () => {
    const [one, other] = [make("one"), make("other")]
    const child = make("child", { owners: [one, other] })
    scene.cluster.delete(refOf(one))
    await scene.settle()
    expect(now(child)!.metadata.ownerReferences!.map(({ name }) => name)).toEqual(["other"])
  })

  it("leaves alone what is owned by a kind that nobody serves, until it is served", async () => {
    make("child", { owners: [{ ...secrets, metadata: { name: "gone", namespace: "test", uid: "gone" } }] })
    await scene.clock.pass(60_000)
    expect(names()).toEqual(["child"])
    kinds = [...kinds, secrets]
    scene.cluster.create(definition)
    await scene.clock.pass(60_000)
    expect(names()).toEqual([])
  })

  it("treats an owner in another namespace as none, and tells so", async () => {
    scene.cluster.create({ ...namespaces, metadata: { name: "elsewhere" } })
    const owner = make("owner", { namespace: "elsewhere" })
    make("child", { owners: [owner] })
    await scene.settle()
    expect(names()).toEqual([])
    expect(scene.told("OwnerRefInvalidNamespace")).toEqual([
      `ownerRef [v1/ConfigMap, namespace: test, name: owner, uid: ${owner.metadata.uid}] does not exist in namespace "test"`,
    ])
  })

  it("keeps an object without a namespace that names an owner with one", async () => {
    const owner = make("owner")
    const ownerReferences = [{ apiVersion: "v1", kind: "ConfigMap", name: "owner", uid: owner.metadata.uid! }]
    scene.cluster.create({ ...namespaces, metadata: { name: "owned", ownerReferences } })
    scene.cluster.delete(refOf(owner))
    await scene.settle()
    expect(scene.cluster.get({ ...namespaces, name: "owned" })).toBeDefined()
  })

  it("accepts an owner without a namespace", async () => {
    const owner = scene.cluster.create({ ...namespaces, metadata: { name: "owner" } })
    make("child", { owners: [owner] })
    await scene.settle()
    expect(names()).toEqual(["child"])
  })
})

describe("a deletion in the foreground", () => {
  it("ends when the dependents that block it are gone", async () => {
    const owner = make("owner")
    const child = make("child", { owners: [owner], isBlocking: true, finalizers: ["test/hold"] })
    scene.cluster.delete(refOf(owner), { propagationPolicy: "Foreground" })
    await scene.settle()
    expect(isEnding(now(child)!)).toBe(true)
    expect(now(owner)).toBeDefined()
    unfinalize(child)
    await scene.settle()
    expect(names()).toEqual([])
  })

  it("does not wait for dependents that do not block, but deletes them", async () => {
    const owner = make("owner")
    const child = make("child", { owners: [owner], finalizers: ["test/hold"] })
    scene.cluster.delete(refOf(owner), { propagationPolicy: "Foreground" })
    await scene.settle()
    expect(now(owner)).toBeUndefined()
    expect(isEnding(now(child)!)).toBe(true)
  })

  it("goes down the whole tree, leaves first", async () => {
    const owner = make("owner")
    const child = make("child", { owners: [owner], isBlocking: true })
    const leaf = make("leaf", { owners: [child], isBlocking: true, finalizers: ["test/hold"] })
    scene.cluster.delete(refOf(owner), { propagationPolicy: "Foreground" })
    await scene.settle()
    expect(names()).toEqual(["child", "leaf", "owner"])
    unfinalize(leaf)
    await scene.settle()
    expect(names()).toEqual([])
  })

  it("ends in a circle, too", async () => {
    const one = make("one")
    const other = make("other", { owners: [one], isBlocking: true })
    const back = {
      apiVersion: "v1",
      kind: "ConfigMap",
      name: "other",
      uid: other.metadata.uid!,
      blockOwnerDeletion: true,
    }
    scene.cluster.patch(refOf(one), { metadata: { ownerReferences: [back] } })
    await scene.settle()
    scene.cluster.delete(refOf(one), { propagationPolicy: "Foreground" })
    await scene.clock.pass(1000)
    expect(names()).toEqual([])
  })
})

describe("a deletion that orphans", () => {
  it("leaves the dependents, without that owner", async () => {
    const owner = make("owner")
    const child = make("child", { owners: [owner] })
    scene.cluster.delete(refOf(owner), { propagationPolicy: "Orphan" })
    await scene.settle()
    expect(names()).toEqual(["child"])
    expect(now(child)!.metadata.ownerReferences).toBeUndefined()
  })
})

describe("a Namespace", () => {
  const space = () =>
    scene.cluster.create({ ...namespaces, metadata: { name: "space" }, spec: { finalizers: ["kubernetes"] } })

  it("has a service account and the certificate of the API", async () => {
    space()
    await scene.settle()
    expect(namesIn("space")).toEqual(["kube-root-ca.crt"])
    expect(scene.cluster.get({ ...serviceAccounts, namespace: "space", name: "default" })).toBeDefined()
  })

  it("gets them again when somebody deletes them", async () => {
    space()
    await scene.settle()
    scene.cluster.delete({ ...configMaps, namespace: "space", name: "kube-root-ca.crt" })
    await scene.settle()
    expect(namesIn("space")).toEqual(["kube-root-ca.crt"])
  })

  it("goes with everything in it", async () => {
    const namespace = space()
    make("some", { namespace: "space" })
    await scene.settle()
    scene.cluster.delete(refOf(namespace))
    await scene.settle()
    expect(now(namespace)).toBeUndefined()
    expect(namesIn("space")).toEqual([])
    expect(scene.cluster.get({ ...serviceAccounts, namespace: "space", name: "default" })).toBeUndefined()
    expect(scene.errors).toEqual([])
  })

  it("waits for what is held in it, and says for what", async () => {
    const namespace = space()
    const held = make("held", { namespace: "space", finalizers: ["test/hold"] })
    await scene.settle()
    scene.cluster.delete(refOf(namespace))
    await scene.settle()
    expect(conditionIn(now(namespace), "NamespaceContentRemaining")).toMatchObject({
      status: "True",
      reason: "SomeResourcesRemain",
      message: "Some resources are remaining: configmaps. has 1 resource instances",
    })
    expect(conditionIn(now(namespace), "NamespaceFinalizersRemaining")).toMatchObject({
      reason: "SomeFinalizersRemain",
      message: "Some content in the namespace has finalizers remaining: test/hold in 1 resource instances",
    })
    unfinalize(held)
    await scene.settle()
    expect(now(namespace)).toBeUndefined()
  })
})
