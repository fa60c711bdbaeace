/**
 * Writes src/sandbox/protobuf/messages.json: how the kinds of src/sandbox/kinds/schemas.json look in protobuf.
 * Run by hand (`npx tsx scripts/kubernetes-protobuf.ts`) after scripts/kubernetes-schemas.ts. Needs Go: the facts are in its modules.
 * Tells of fields whose names the schemas do not know.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { goTypes, type NumberedField } from "./go-fields.ts"
import { apiModules, shortName } from "./go-modules.ts"

const sandbox = join(import.meta.dirname, "../src/sandbox")
const target = join(sandbox, "protobuf/messages.json")
const schemas = JSON.parse(readFileSync(join(sandbox, "kinds/schemas.json"), "utf8")) as {
  kinds: Record<string, string>
  definitions: Record<string, { properties?: Record<string, unknown> }>
}

/** As `generated.proto` has it. */
interface ProtoField {
  number: number
  name: string
  type: string
  form: "one" | "list" | "map"
}

type Entry = [name: string, type: string, mark?: "list" | "map" | "inline" | "kept"]

/** Bytes that JSON does not show as base64. */
const bytesIn: Readonly<Record<string, "json" | "raw">> = {
  "runtime.Unknown": "raw",
  "runtime.RawExtension": "json",
  "meta.v1.FieldsV1": "json",
  "apiextensions.v1.JSON": "json",
}
const scalars: ReadonlySet<string> = new Set(["string", "bytes", "json", "raw", "bool", "int32", "int64", "double"])

const modules = apiModules()
const { numbered } = goTypes(modules)
const files = new Map<string, Map<string, ProtoField[]>>()
const found = new Map<string, Map<number, Entry>>()

/** `k8s.io.api.core.v1.Pod` of `core.v1.Pod`: what an OpenAPI name is without its first word. */
function fullName(short: string): string {
  const [first] = short.split(".")
  if (first === "meta") return `k8s.io.apimachinery.pkg.apis.${short}`
  if (first === "apiextensions") return `k8s.io.apiextensions_apiserver.pkg.apis.${short}`
  return `k8s.io.api.${short}`
}

function collect(message: string): void {
  const short = shortName(message)
  if (found.has(short)) return
  const fields = new Map<number, Entry>()
  found.set(short, fields)
  const known = numbered(openApiName(message))
  for (const field of fieldsOf(message)) {
    const type = field.type === "bytes" ? (bytesIn[short] ?? "bytes") : field.type
    fields.set(field.number, entry({ ...field, type }, known.get(field.number)))
    if (!scalars.has(type)) collect(type)
  }
}

/** A field of which Go's types say nothing keeps its name and its zero. */
function entry({ name, type, form }: ProtoField, known: NumberedField | undefined): Entry {
  const shown = known && known.name !== "-" ? known.name : name
  const plain: [string, string] = [shown, scalars.has(type) ? type : shortName(type)]
  if (form !== "one") return [...plain, form]
  if (shown === "") return [...plain, "inline"]
  const dropsZero = known?.isOmitted && !known.isPointer
  return dropsZero || !scalars.has(type) ? plain : [...plain, "kept"]
}

const openApiName = (message: string): string =>
  message.replace("k8s.io.", "io.k8s.").replace("apiextensions_apiserver", "apiextensions-apiserver")

function fieldsOf(message: string): ProtoField[] {
  const [, path, name] = /^(.*)\.(\w+)$/.exec(message)!
  if (!files.has(path!)) files.set(path!, messagesIn(path!))
  const fields = files.get(path!)!.get(name!)
  if (!fields) throw new Error(`${path} has no ${name}`)
  return fields
}

const MESSAGE = /^message (\w+) \{\n([\s\S]*?)^\}/gm
const FIELD = /^ {2}(optional|repeated|map<string,) ?([\w.]+)>? (\w+) = (\d+);/gm

function messagesIn(path: string): Map<string, ProtoField[]> {
  const openApi = openApiName(path)
  const prefix = Object.keys(modules).find((prefix) => openApi.startsWith(prefix))!
  const folder = join(modules[prefix]!, ...openApi.slice(prefix.length).split("."))
  const text = readFileSync(join(folder, "generated.proto"), "utf8")
  return new Map([...text.matchAll(MESSAGE)].map(([, name, body]) => [name!, fieldsIn(body!, path)]))
}

const forms: Readonly<Record<string, ProtoField["form"]>> = { optional: "one", repeated: "list", "map<string,": "map" }

function fieldsIn(body: string, path: string): ProtoField[] {
  return [...body.matchAll(FIELD)].map(([, label, type, name, number]) => ({
    number: Number(number),
    name: name!,
    type: typeName(type!, path),
    form: forms[label!]!,
  }))
}

function typeName(type: string, path: string): string {
  if (type.startsWith(".")) return type.slice(1)
  return scalars.has(type) ? type : `${path}.${type}`
}

/** Fields of messages that stand in the schemas, too, but not by that name. */
function unknownNames(): string[] {
  const properties = (message: string): string[] => Object.keys(schemas.definitions[message]?.properties ?? {})
  return [...found].flatMap(([message, fields]) => {
    const known = properties(message)
    if (known.length === 0) return []
    return [...fields.values()]
      .flatMap(([name, type, mark]) => (mark === "inline" ? namesOf(type) : [name]))
      .filter((name) => !known.includes(name))
      .map((name) => `${message} has a field ${name} that its schema does not have`)
  })
}

const namesOf = (message: string): string[] => [...found.get(message)!.values()].map(([name]) => name)

collect("k8s.io.apimachinery.pkg.runtime.Unknown")
for (const name of Object.values(schemas.kinds)) collect(fullName(name))
const lines = [...found]
  .sort(([a], [b]) => (a < b ? -1 : 1))
  .map(([name, fields]) => `${JSON.stringify(name)}:${JSON.stringify(Object.fromEntries(fields))}`)
writeFileSync(target, `{\n${lines.join(",\n")}\n}\n`)
for (const problem of unknownNames()) console.warn(problem)
