import { describe, expect, it } from "vitest"
import type { KubeObject, OwnerReference } from "#api/objects.ts"
import { merged } from "#kube/apply.ts"
import { checksumOf, configCopy, isTracked } from "./configs.ts"
import { canaryWith } from "./examples/objects.test-support.ts"

const canary = canaryWith()
const configMap = (fields: object = {}, metadata: object = {}): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "settings", namespace: "test", resourceVersion: "9", ...metadata },
  data: { color: "red" },
  ...fields,
})
const secret = (fields: object = {}, metadata: object = {}): KubeObject => ({
  ...configMap({ kind: "Secret", data: { k: "dg==" }, ...fields }, metadata),
})

describe("a checksum", () => {
  it.each([
    ["one text", { color: "red" }, "241889ca0604e333"],
    ["no data", undefined, "74234e98afe7498f"],
    ["characters that Go escapes", { a: "x<y&z" }, "d1fe755190cb4c99"],
    ["a secret", { k: Buffer.from("v").toString("base64") }, "55cb228b342ed33e"],
  ])("is the original's for %s", (_what, data, checksum) => expect(checksumOf(data)).toBe(checksum))
  it("does not depend on the order of keys", () => {
    expect(checksumOf({ a: "1", b: "2" })).toBe(checksumOf({ b: "2", a: "1" }))
  })
  it("sorts keys that look like numbers as texts", () => {
    // printf '{"10":"a","9":"b"}' | sha256sum
    expect(checksumOf({ 9: "b", 10: "a" })).toBe("12db95af954b2813")
  })
  it("escapes every > and line separator too", () => {
    // printf '%s' '{"a":"\u003e\u003e\u2028\u2029"}' | sha256sum
    expect(checksumOf({ a: ">>\u2028\u2029" })).toBe("d599a16737758f50")
  })
  it("changes with binary data, and is the original's where there is none [fix 25]", () => {
    const plain = checksumOf({ color: "red" })
    expect(checksumOf({ color: "red" }, {})).toBe(plain)
    expect(checksumOf({ color: "red" }, { logo: "AAA=" })).not.toBe(plain)
    expect(checksumOf({ color: "red" }, { logo: "AAA=" })).not.toBe(checksumOf({ color: "red" }, { logo: "AAB=" }))
    expect(checksumOf(undefined, { logo: "AAA=" })).not.toBe(checksumOf(undefined))
  })
})

describe("tracking", () => {
  const annotated = (value: string) => configMap({}, { annotations: { "flagger.app/config-tracking": value } })
  it.each(["disabled", "disable", "disabled-for-a-while"])("is opted out of by %s", (value) => {
    expect(isTracked(annotated(value))).toBe(false)
  })
  it.each(["enabled", "", "no", "Disabled"])("is not opted out of by %j", (value) => {
    expect(isTracked(annotated(value))).toBe(true)
  })
  it.each(["Opaque", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth", "kubernetes.io/tls", undefined])(
    "follows secrets of type %s",
    (type) => expect(isTracked(secret({ type }))).toBe(true),
  )
  it.each(["kubernetes.io/service-account-token", "kubernetes.io/dockerconfigjson", "example.com/other"])(
    "does not follow secrets of type %s",
    (type) => expect(isTracked(secret({ type }))).toBe(false),
  )
  it("is opted out of by a secret as well", () => {
    expect(isTracked(secret({}, { annotations: { "flagger.app/config-tracking": "disabled" } }))).toBe(false)
  })
})

describe("the primary's copy", () => {
  const own: OwnerReference = {
    apiVersion: "flagger.app/v1beta1",
    kind: "Canary",
    name: "podinfo",
    uid: "c-1",
    controller: true,
    blockOwnerDeletion: true,
  }
  it("has the content and nothing else of a ConfigMap [fix 25]", () => {
    const labels = { "app.kubernetes.io/name": "podinfo", team: "shop" }
    const source = configMap({ binaryData: { logo: "AAA=" }, immutable: true }, { labels, annotations: { note: "hi" } })
    expect(configCopy(canary, source, undefined, ["app.kubernetes.io/"]).object).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: {
        name: "settings-primary",
        namespace: "test",
        labels: { "app.kubernetes.io/name": "podinfo" },
        ownerReferences: [own],
      },
      data: { color: "red" },
      binaryData: { logo: "AAA=" },
    })
  })
  it("has a Secret's type", () => {
    const { object } = configCopy(canary, secret({ type: "kubernetes.io/tls" }), undefined, [])
    expect(object).toMatchObject({ kind: "Secret", type: "kubernetes.io/tls", data: { k: "dg==" } })
    expect(object).not.toHaveProperty("binaryData")
  })
  it("follows the source: content that is gone there goes, labels too", () => {
    const before = merged(
      undefined,
      configCopy(canary, configMap({ binaryData: { logo: "AAA=" } }, { labels: { a: "1" } }), undefined, ["*"]),
    )
    const after = merged(before, configCopy(canary, configMap({ data: { color: "blue" } }), before, ["*"]))
    expect(after).toEqual({
      ...before,
      metadata: { ...before.metadata, labels: {} },
      data: { color: "blue" },
      binaryData: undefined,
    })
    expect(after).not.toHaveProperty("binaryData")
  })
  it("keeps its other owners, of which none is in control any longer", () => {
    const other: OwnerReference = { ...own, name: "cart", uid: "c-2" }
    const third: OwnerReference = { apiVersion: "v1", kind: "ConfigMap", name: "podinfo", uid: "m-3" }
    const existing = configMap({}, { ownerReferences: [other, third] })
    const wanted = configCopy(canary, configMap(), existing, [])
    expect(wanted.owners).toEqual([own, { ...other, controller: false }, { ...third, controller: false }])
    expect(wanted.object.metadata.ownerReferences).toEqual(wanted.owners)
    expect(merged(existing, wanted).metadata.ownerReferences).toEqual(wanted.owners)
  })
  it("is owned once, also after the canary was made anew", () => {
    const existing = configMap({}, { ownerReferences: [{ ...own, uid: "c-0" }] })
    expect(configCopy(canary, configMap(), existing, []).owners).toEqual([own])
  })
})
