import { BinaryReader, WireType } from "@bufbuild/protobuf/wire"
import schemas from "../kinds/schemas.json" with { type: "json" }
import file from "./messages.json" with { type: "json" }
import { scalars } from "./scalars.ts"
import { special } from "./special.ts"

/** As JSON shows them. */
export type Fields = Readonly<Record<string, unknown>>

/** `inline` fields stand beside those around them; `kept` ones show a zero, where others mean nothing by it. */
type Entry = readonly [name: string, type: string, mark?: "list" | "map" | "inline" | "kept"]
/** By their numbers. */
type Entries = Readonly<Record<number, Entry>>

const messages = file as unknown as Readonly<Record<string, Entries>>
const kinds: Readonly<Record<string, string>> = schemas.kinds
const MAGIC = Buffer.from("k8s\0")
/** A map counts twice, and schemas in definitions are maps in maps. */
const MAX_DEPTH = 300

/** A body in the protobuf of Kubernetes, as its JSON would have it. */
export function decodedProtobuf(body: Buffer): unknown {
  if (!body.subarray(0, MAGIC.length).equals(MAGIC)) {
    throw new Error(`provided data does not appear to be a protobuf message, expected prefix [${MAGIC.join(" ")}]`)
  }
  const envelope = fieldsIn(messages["runtime.Unknown"]!, body.subarray(MAGIC.length), 0)
  const {
    apiVersion,
    kind,
    raw = new Uint8Array(),
  } = envelope as { apiVersion?: string; kind?: string; raw?: Uint8Array }
  if (!kind) throw new Error("Object 'Kind' is missing in a protobuf message")
  if (!apiVersion) throw new Error("Object 'apiVersion' is missing in a protobuf message")
  return { kind, apiVersion, ...(decoded(messageOf(apiVersion, kind), raw, 0) as Fields) }
}

function messageOf(apiVersion: string, kind: string): string {
  // Every group has it, and it is the same everywhere.
  if (kind === "DeleteOptions") return "meta.v1.DeleteOptions"
  const name = kinds[`${apiVersion}/${kind}`]
  if (!name) throw new Error(`no kind ${JSON.stringify(kind)} is registered for version ${JSON.stringify(apiVersion)}`)
  return name
}

const decoded = (message: string, bytes: Uint8Array, depth: number): unknown =>
  shown(message, fieldsIn(messages[message]!, bytes, depth))

const shown = (message: string, fields: Fields): unknown => (special[message] ? special[message](fields) : fields)

function fieldsIn(entries: Entries, bytes: Uint8Array, depth: number): Fields {
  if (depth > MAX_DEPTH) throw new Error("protobuf message is nested too deeply")
  const reader = new BinaryReader(bytes)
  const fields: Record<string, unknown> = {}
  while (reader.pos < reader.len) {
    const [number, wire] = reader.tag()
    const entry = entries[number]
    if (entry) read(entry, { reader, wire, depth }, fields)
    else reader.skip(wire, number)
  }
  return fields
}

/** One value after its tag. */
interface Place {
  reader: BinaryReader
  wire: WireType
  depth: number
}

function read([name, type, mark]: Entry, place: Place, fields: Record<string, unknown>): void {
  if (mark === "list") return addElements((fields[name] ??= []) as unknown[], type, place)
  if (mark === "map") return addPair((fields[name] ??= {}), type, place)
  const value = one(type, place)
  if (mark === "inline") Object.assign(fields, value)
  else if (value !== undefined && (mark === "kept" || !scalars[type] || value)) fields[name] = value
}

function one(type: string, { reader, wire, depth }: Place): unknown {
  const scalar = scalars[type]
  expectWire(wire, scalar?.wire ?? WireType.LengthDelimited)
  return scalar ? scalar.read(reader) : decoded(type, reader.bytes(), depth + 1)
}

function addElements(list: unknown[], type: string, place: Place): void {
  const wire = scalars[type]?.wire ?? WireType.LengthDelimited
  if (place.wire === wire) return void list.push(one(type, place) ?? null)
  // Numbers may come packed together.
  expectWire(place.wire, WireType.LengthDelimited)
  const reader = new BinaryReader(place.reader.bytes())
  while (reader.pos < reader.len) list.push(one(type, { ...place, reader, wire }))
}

function addPair(map: object, type: string, { reader, wire, depth }: Place): void {
  expectWire(wire, WireType.LengthDelimited)
  const entries: Entries = { 1: ["key", "string", "kept"], 2: ["value", type, "kept"] }
  const { key = "", value = empty(type) } = fieldsIn(entries, reader.bytes(), depth + 1)
  // A key may be "__proto__".
  Object.defineProperty(map, key as string, { value, enumerable: true, configurable: true, writable: true })
}

/** Maps have texts, bytes and messages. */
const empty = (type: string): unknown => (scalars[type] ? "" : shown(type, {}))

function expectWire(given: WireType, wanted: WireType): void {
  if (given !== wanted) throw new Error(`protobuf field has wire type ${given} instead of ${wanted}`)
}
