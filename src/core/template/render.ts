import { evaluate } from "./evaluate.ts"
import { builtins } from "./functions.ts"
import { parse } from "./parser.ts"
import type { Program } from "./run.ts"
import type { Value } from "./values.ts"

/** A template that cannot be read or filled in. */
export class TemplateError extends Error {
  override readonly name = "TemplateError"
}

const MOST_PROGRAMS = 1000
const programs = new Map<string, Program>()

/**
 * Fills in a template of Go's text/template language. The functions take no arguments and give their value: a text,
 * a number, a boolean, or an object that maps keys to texts. There is no data, and a missing key is an error.
 * Not known are complex numbers, and printf of fractions in other bases or with `#`.
 */
export function render(template: string, functions: Record<string, unknown>): string {
  const known = new Map(Object.entries(functions).map(([name, value]) => [name, valueOf(value)]))
  const program = naming("template parsing failed", () => compiled(template, known))
  return naming("template excution failed", () => evaluate(program, known))
}

function naming<T>(stage: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw new TemplateError(`${stage}: ${(error as Error).message}`, { cause: error })
  }
}

/** Parses every text once for the same names of functions; what was not used for longest is forgotten. */
function compiled(source: string, functions: ReadonlyMap<string, Value>): Program {
  const key = `${[...functions.keys()].join()}\n${source}`
  const program = programs.get(key) ?? {
    source,
    templates: parse(source, (name) => functions.has(name) || Object.hasOwn(builtins, name)),
  }
  programs.delete(key)
  programs.set(key, program)
  if (programs.size > MOST_PROGRAMS) programs.delete(programs.keys().next().value!)
  return program
}

function valueOf(value: unknown): Value {
  if (value === undefined || value === null) return undefined
  if (typeof value === "object") return new Map(Object.entries(value).map(([key, text]) => [key, String(text)]))
  return typeof value === "boolean" || typeof value === "number" ? value : String(value)
}
