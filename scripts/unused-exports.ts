import { readdirSync, readFileSync } from "node:fs"
import { dirname, join } from "node:path"

export interface SourceFile {
  path: string
  text: string
}

export const sourceFiles = (...folders: string[]): SourceFile[] =>
  folders
    .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
    .filter((path) => path.endsWith(".ts"))
    .map((path) => ({ path, text: readFileSync(path, "utf8") }))

/**
 * Exports that no other file imports. Tests alone keep nothing alive, but what its own file uses may be exported for them.
 * A type that its own file names again belongs to the signature of something else and may stay.
 */
export function unusedExports(files: readonly SourceFile[]): string[] {
  const uses = files.flatMap(usesIn)
  return files.flatMap(({ path, text }) => {
    const users = uses.filter((use) => use.of === path)
    const isNamedHere = (name: string) => text.match(new RegExp(`\\b${name}\\b`, "g"))!.length > 1
    const isUsed = (name: string) =>
      users.some(
        ({ by, names }) =>
          (names === "all" || names.includes(name)) && (!isTest(by) || isSupport(path) || isNamedHere(name)),
      )
    return exportsOf(text)
      .filter(({ name, isType }) => !isUsed(name) && !(isType && isNamedHere(name)))
      .map(({ name, line }) => `${path}:${line}: nobody imports ${name}; delete it, or do not export it`)
  })
}

const isTest = (path: string) => path.endsWith(".test.ts")
const isSupport = (path: string) => isTest(path) || path.startsWith("test/") || /\.test-\w+\.ts$/.test(path)

interface Use {
  by: string
  of: string
  names: "all" | string[]
}

const IMPORT = /^(?:import|export)\s+(?:type\s+)?(?:\w+\s*,?\s*)?(\{[^}]*\}|\*(?:\s+as\s+\w+)?)?\s*from\s*"([^"]+)"/gm
const LAZY_IMPORT = /\bimport\("([^"]+)"\)/g

function usesIn({ path: by, text }: SourceFile): Use[] {
  const named = [...text.matchAll(IMPORT)].map(([, clause = "", from]) => ({
    by,
    of: resolved(by, from!),
    names: clause.startsWith("*") ? ("all" as const) : namesIn(clause),
  }))
  const lazy = [...text.matchAll(LAZY_IMPORT)].map(([, from]) => ({
    by,
    of: resolved(by, from!),
    names: "all" as const,
  }))
  return [...named, ...lazy]
}

function resolved(by: string, from: string): string {
  if (from.startsWith(".")) return join(dirname(by), from)
  return from.startsWith("#test/") ? from.slice(1) : from.replace(/^#/, "src/")
}

/** `{ a, type b, c as d }` names a, b and c. */
const namesIn = (clause: string) =>
  clause
    .replace(/[{}]/g, "")
    .split(",")
    .map((part) =>
      part
        .trim()
        .replace(/^type\s+/, "")
        .replace(/\s+as\s.*$/, ""),
    )
    .filter(Boolean)

const DECLARATION = /^export (?:abstract |async )*(const|let|function\*?|class|interface|type) (\w+)/gm

const exportsOf = (text: string) =>
  [...text.matchAll(DECLARATION)].map(({ 1: keyword, 2: name, index }) => ({
    name: name!,
    isType: keyword === "interface" || keyword === "type",
    line: text.slice(0, index).split("\n").length,
  }))
