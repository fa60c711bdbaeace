import { readFile } from "node:fs/promises"
import { dirname, resolve } from "node:path"
import { CORE_SCHEMA, load, type YAMLException } from "js-yaml"

export type Fields = Record<string, unknown>

/** A named cluster, user or context. */
export interface Entry {
  kind: "cluster" | "user" | "context"
  name: string
  /** The file it stands in; relative paths in it start from there. */
  file: string
  fields: Fields
}

export interface Kubeconfig {
  files: string
  currentContext: string
  entries: Entry[]
}

export const text = (value: unknown): string =>
  typeof value === "string" || typeof value === "number" ? String(value) : ""
export const record = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {}
export const items = (value: unknown): unknown[] => (Array.isArray(value) ? value : [])
export const where = (entry: Entry): string => `${entry.kind} "${entry.name}" in ${entry.file}`

/** Reads and joins the files. The first that says something wins; those that do not exist are left out, unless all are. */
export async function readFiles(paths: string[]): Promise<Kubeconfig> {
  const all = await Promise.all(paths.filter(Boolean).map(readOne))
  const found = all.filter((config) => config !== undefined)
  const files = paths.join(", ")
  if (found.length === 0) throw new Error(`there is no kubeconfig ${files}: check -kubeconfig or KUBECONFIG`)
  return {
    files,
    currentContext: found.find((config) => config.currentContext)?.currentContext ?? "",
    entries: found.flatMap((config) => config.entries),
  }
}

async function readOne(path: string): Promise<Kubeconfig | undefined> {
  const content = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined
    throw new Error(`cannot read the kubeconfig ${path}: ${error.message}`)
  })
  if (content === undefined) return undefined
  const root = record(parse(path, content))
  const entriesOf = (kind: Entry["kind"]) =>
    items(root[`${kind}s`]).map((item): Entry => {
      const { name, [kind]: fields } = record(item)
      return { kind, name: text(name), file: path, fields: record(fields) }
    })
  return {
    files: path,
    currentContext: text(root["current-context"]),
    entries: [...entriesOf("context"), ...entriesOf("cluster"), ...entriesOf("user")],
  }
}

function parse(path: string, content: string): unknown {
  try {
    return load(content, { schema: CORE_SCHEMA })
  } catch (error) {
    // The parser's own message quotes the lines around the mistake, and those may hold a token.
    const { reason, mark } = error as YAMLException
    throw new Error(`the kubeconfig ${path} is not valid YAML: ${reason} in line ${(mark?.line ?? 0) + 1}`)
  }
}

/** A certificate or key: either in the entry itself or in a file the entry names. */
export async function materialOf(entry: Entry, field: string): Promise<Buffer | undefined> {
  const inline = text(entry.fields[`${field}-data`])
  if (inline) return Buffer.from(inline, "base64")
  const path = text(entry.fields[field])
  if (!path) return undefined
  return readFile(pathIn(entry, path)).catch((error: Error) => {
    throw new Error(`${where(entry)}: cannot read its ${field}: ${error.message}`)
  })
}

export const pathIn = (entry: Entry, path: string): string => resolve(dirname(entry.file), path)
