import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** What Go's types say of a field and OpenAPI does not. */
export interface GoField {
  /** Tells "zero" from "not given". */
  isPointer: boolean
  /** Is not written when it is empty. */
  isOmitted: boolean
  /** A struct is written though it is empty, unless it says so. */
  isOmittedStruct: boolean
}

/** By the names that fields have in JSON. */
export type GoFields = ReadonlyMap<string, GoField>

/** A field in protobuf; it has no name where its own fields stand beside the others. */
export interface NumberedField extends GoField {
  name: string
}

export interface GoTypes {
  /** The fields of a type by its OpenAPI name, with those of the types that are part of it. */
  fields(type: string): GoFields
  /** Its own, by their numbers in protobuf. */
  numbered(type: string): ReadonlyMap<number, NumberedField>
}

/** `foldersByPrefix` are the folders of Go modules. */
export function goTypes(foldersByPrefix: Record<string, string>): GoTypes {
  const packages = new Map<string, Map<string, Struct>>()
  function find(type: string): [name: string, structs: Map<string, Struct>] {
    const prefix = Object.keys(foldersByPrefix).find((prefix) => type.startsWith(prefix))
    if (!prefix) throw new Error(`${type} is in no module we know`)
    const path = type.slice(prefix.length).split(".")
    const name = path.pop()!
    const folder = join(foldersByPrefix[prefix]!, ...path)
    if (!packages.has(folder)) packages.set(folder, structsIn(folder))
    return [name, packages.get(folder)!]
  }
  return {
    fields: (type) => fieldsOf(...find(type)),
    numbered(type) {
      const [name, structs] = find(type)
      return new Map((structs.get(name) ?? []).flatMap((field) => (field.number ? [[field.number, field]] : [])))
    },
  }
}

interface Field extends NumberedField {
  type: string
  number: number | undefined
}

type Struct = Field[]

function fieldsOf(name: string, structs: Map<string, Struct>): GoFields {
  const own = structs.get(name) ?? []
  return new Map(own.flatMap((field) => (field.name ? [[field.name, field]] : [...fieldsOf(field.type, structs)])))
}

const STRUCT = /^type (\w+) struct \{\n([\s\S]*?)^\}/gm
const FIELD = /^\t(?:\w+[ \t]+)?(\S+)[ \t]+`json:"([^",]*)([^"]*)"(?:[^`]*?protobuf:"\w+,(\d+))?/gm

function structsIn(folder: string): Map<string, Struct> {
  const texts = readdirSync(folder)
    .filter((file) => file.endsWith(".go") && !file.endsWith("_test.go"))
    .map((file) => readFileSync(join(folder, file), "utf8"))
  return new Map([...texts.join("\n").matchAll(STRUCT)].map(([, name, body]) => [name!, structFrom(body!)]))
}

const structFrom = (body: string): Struct =>
  [...body.matchAll(FIELD)].map(([, type, name, options, number]) => ({
    type: type!,
    name: name!,
    number: number ? Number(number) : undefined,
    isPointer: type!.startsWith("*"),
    isOmitted: options!.includes("omitempty"),
    isOmittedStruct: options!.includes("omitzero"),
  }))
