import { goQuote } from "#core/text/go-quote.ts"
import { type List, type Node, sourceOf } from "./nodes.ts"
import type { Value } from "./values.ts"

/** Bounds for templates that would run away: nothing a query needs comes near. */
export const DEEPEST = 200
const MOST_STEPS = 200_000
export const LONGEST = 1 << 20

/** The name of the template that is not inside any `define`. */
export const MAIN = "tmpl"

export interface Program {
  source: string
  templates: ReadonlyMap<string, List>
}

/** A template while it is filled in. */
export interface Run extends Program {
  functions: ReadonlyMap<string, Value>
  output: string
  steps: number
  depth: number
  /** The template and the node that were looked at last: errors name them. */
  template: string
  node: Node
  variables: { name: string; value: Value }[]
}

export function fail(run: Run, message: string): never {
  const before = run.source.slice(0, run.node.at)
  const line = before.split("\n").length
  const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1))
  const place = `${MAIN}:${line}:${column}: executing ${goQuote(run.template)} at <${sourceOf(run.node)}>`
  throw new Error(`template: ${place}: ${message}`)
}

export function look(run: Run, node: Node): void {
  run.node = node
  if (++run.steps > MOST_STEPS) fail(run, `more than ${MOST_STEPS} steps`)
}

export function findVariable(run: Run, name: string): { value: Value } {
  return run.variables.findLast((known) => known.name === name) ?? fail(run, `undefined variable: ${name}`)
}
