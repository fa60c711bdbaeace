import { readFileSync } from "node:fs"
import { join } from "node:path"
import { BinaryWriter } from "@bufbuild/protobuf/wire"
import { describe, expect, it } from "vitest"
import schemas from "../kinds/schemas.json" with { type: "json" }
import { decodedProtobuf } from "./decode.ts"

interface Recorded {
  what: string
  protobuf: string
  json: unknown
}

/** What Go's types of Kubernetes 1.36.3 write in protobuf and in JSON. */
const recorded = JSON.parse(readFileSync(join(import.meta.dirname, "recorded.json"), "utf8")) as Recorded[]

/** Fields without a value are the same as none; in lists and in free JSON they are not. */
function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls)
  if (typeof value !== "object" || value === null) return value
  const fields = Object.entries(value).filter(([, one]) => one !== null)
  return Object.fromEntries(fields.map(([name, one]) => [name, withoutNulls(one)]))
}

const bytesOf = (what: string): Buffer => Buffer.from(recorded.find((one) => one.what === what)!.protobuf, "base64")

function body(apiVersion: string, kind: string, raw: Uint8Array = new Uint8Array()): Buffer {
  const typeMeta = new BinaryWriter().tag(1, 2).string(apiVersion).tag(2, 2).string(kind).finish()
  const unknown = new BinaryWriter().tag(1, 2).bytes(typeMeta).tag(2, 2).bytes(raw).finish()
  return Buffer.concat([Buffer.from("k8s\0"), unknown])
}

describe("a body in protobuf", () => {
  it.each(recorded)("says the same as the JSON of $what", ({ protobuf, json }) => {
    expect(decodedProtobuf(Buffer.from(protobuf, "base64"))).toEqual(withoutNulls(json))
  })

  it.each(Object.keys(schemas.kinds))("may be a %s", (name) => {
    const [, apiVersion, kind] = /^(.*)\/(\w+)$/.exec(name)!
    const unknownField = new BinaryWriter().tag(999, 0).int32(1).finish()
    expect(decodedProtobuf(body(apiVersion!, kind!, unknownField))).toEqual({ apiVersion, kind })
  })

  it("keeps keys that mean something else in JavaScript", () => {
    const { data } = decodedProtobuf(bytesOf("a ConfigMap with bytes")) as { data: object }
    expect(Object.entries(data)).toContainEqual(["__proto__", "x"])
    expect(Object.getPrototypeOf(data)).toBe(Object.prototype)
  })

  it("may have its numbers packed together", () => {
    const groups = new BinaryWriter().int64(0).int64(1).int64(-2).finish()
    const context = new BinaryWriter().tag(4, 2).bytes(groups).finish()
    const spec = new BinaryWriter().tag(14, 2).bytes(context).finish()
    const pod = new BinaryWriter().tag(2, 2).bytes(spec).finish()
    expect(decodedProtobuf(body("v1", "Pod", pod))).toMatchObject({
      spec: { securityContext: { supplementalGroups: [0, 1, -2] } },
    })
  })

  it("may have fields that nobody knows yet", () => {
    const raw = new BinaryWriter().tag(999, 2).string("new").tag(998, 0).int32(1).tag(4, 0).bool(true).finish()
    expect(decodedProtobuf(body("v1", "ConfigMap", raw))).toEqual({
      apiVersion: "v1",
      kind: "ConfigMap",
      immutable: true,
    })
  })

  it("has DeleteOptions of any group", () => {
    const [apiVersion, kind] = ["flagger.app/v1beta1", "DeleteOptions"] as const
    const raw = new BinaryWriter().tag(1, 0).int64(0).finish()
    expect(decodedProtobuf(body(apiVersion, kind, raw))).toEqual({ apiVersion, kind, gracePeriodSeconds: 0 })
  })
})

describe("a body in protobuf is refused", () => {
  it("without the prefix", () => {
    const text = "provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]"
    expect(() => decodedProtobuf(Buffer.from("{}"))).toThrow(text)
    expect(() => decodedProtobuf(Buffer.alloc(0))).toThrow(text)
  })

  it("when it does not say what it is", () => {
    expect(() => decodedProtobuf(Buffer.from("k8s\0"))).toThrow("Object 'Kind' is missing")
    expect(() => decodedProtobuf(body("", "Pod"))).toThrow("Object 'apiVersion' is missing")
  })

  it("when its kind has no protobuf", () => {
    const text = 'no kind "Canary" is registered for version "flagger.app/v1beta1"'
    expect(() => decodedProtobuf(body("flagger.app/v1beta1", "Canary"))).toThrow(text)
  })

  it("when a field has another type than it should", () => {
    const raw = new BinaryWriter().tag(2, 0).int32(1).finish()
    expect(() => decodedProtobuf(body("v1", "Pod", raw))).toThrow("wire type 0 instead of 2")
  })

  it("when JSON inside is none", () => {
    const data = new BinaryWriter().tag(1, 2).string("{").finish()
    const raw = new BinaryWriter().tag(2, 2).bytes(data).finish()
    expect(() => decodedProtobuf(body("apps/v1", "ControllerRevision", raw))).toThrow("JSON")
  })

  it("when it is nested without an end", () => {
    let schema = new Uint8Array()
    for (let depth = 0; depth < 2000; depth++) schema = new BinaryWriter().tag(28, 2).bytes(schema).finish()
    const validation = new BinaryWriter().tag(1, 2).bytes(schema).finish()
    const version = new BinaryWriter().tag(4, 2).bytes(validation).finish()
    const spec = new BinaryWriter().tag(7, 2).bytes(version).finish()
    const raw = new BinaryWriter().tag(2, 2).bytes(spec).finish()
    const crd = body("apiextensions.k8s.io/v1", "CustomResourceDefinition", raw)
    expect(() => decodedProtobuf(crd)).toThrow("protobuf message is nested too deeply")
  })

  it("wherever it is cut off", () => {
    const whole = bytesOf("a Pod with many fields")
    const beginOfObject = 6 + whole[5]!
    const twoEmptyFields = 4
    for (let length = beginOfObject + 1; length < whole.length - twoEmptyFields; length++) {
      expect(() => decodedProtobuf(whole.subarray(0, length))).toThrow("premature EOF")
    }
  })

  it("or read, when any byte is another", () => {
    const whole = bytesOf("a CustomResourceDefinition")
    for (const at of whole.keys()) {
      for (const other of [0, 0x7f, 0xff]) {
        const bytes = Buffer.from(whole)
        bytes[at] = other
        try {
          expect(decodedProtobuf(bytes)).toBeTypeOf("object")
        } catch (error) {
          expect(error).not.toBeInstanceOf(TypeError)
        }
      }
    }
  })
})
