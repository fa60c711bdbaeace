import { goQuote } from "#core/text/go-quote.ts"
import type { Branch, Inclusion, List, Pipe, Statement } from "./nodes.ts"
import { pipeline } from "./pipeline.ts"
import { print } from "./print.ts"
import { DEEPEST, fail, findVariable, LONGEST, look, MAIN, type Program, type Run } from "./run.ts"
import { isMap, isTrue, sortedEntries, type Value } from "./values.ts"

type Flow = "on" | "break" | "continue"

/** Fills in a template. Throws an Error with Go's text. */
export function evaluate(program: Program, functions: ReadonlyMap<string, Value>): string {
  const main = program.templates.get(MAIN)!
  const run: Run = {
    ...program,
    functions,
    output: "",
    steps: 0,
    depth: 0,
    template: MAIN,
    node: main,
    variables: [{ name: "$", value: undefined }],
  }
  walkList(run, undefined, main)
  return run.output
}

function walkList(run: Run, dot: Value, list: List): Flow {
  look(run, list)
  for (const statement of list.nodes) {
    const flow = walk(run, dot, statement)
    if (flow !== "on") return flow
  }
  return "on"
}

function walk(run: Run, dot: Value, statement: Statement): Flow {
  look(run, statement)
  switch (statement.kind) {
    case "text":
      write(run, statement.text)
      return "on"
    case "action": {
      const value = pipeline(run, dot, statement.pipe)
      run.node = statement
      if (statement.pipe.declared.length === 0) write(run, value === undefined ? "<no value>" : print([value]))
      return "on"
    }
    case "break":
    case "continue":
      return statement.kind
    case "template":
      include(run, dot, statement)
      return "on"
    default:
      return branch(run, dot, statement)
  }
}

function write(run: Run, text: string): void {
  run.output += text
  if (run.output.length > LONGEST) fail(run, `the result is longer than ${LONGEST} characters`)
}

/** What a branch declares ends with it. */
function branch(run: Run, dot: Value, statement: Branch): Flow {
  const mark = run.variables.length
  const flow = (statement.kind === "range" ? range : choose)(run, dot, statement)
  run.variables.length = mark
  return flow
}

function choose(run: Run, dot: Value, { kind, pipe, list, otherwise }: Branch): Flow {
  const value = pipeline(run, dot, pipe)
  if (isTrue(value)) return walkList(run, kind === "with" ? value : dot, list)
  return otherwise ? walkList(run, dot, otherwise) : "on"
}

function range(run: Run, dot: Value, { pipe, list, otherwise }: Branch): Flow {
  const value = pipeline(run, dot, pipe)
  const mark = run.variables.length
  let empty = true
  for (const [key, element] of elements(run, value, pipe)) {
    empty = false
    bind(run, pipe, key, element)
    const flow = walkList(run, element, list)
    run.variables.length = mark
    if (flow === "break") break
  }
  return empty && otherwise ? walkList(run, dot, otherwise) : "on"
}

/** Pairs of key and element; the numbers below a number have no key. */
function* elements(run: Run, value: Value, { declared }: Pipe): Generator<[Value, Value]> {
  if (value === undefined) return
  if (isMap(value)) return yield* sortedEntries(value)
  if (typeof value !== "bigint") fail(run, `range can't iterate over ${print([value])}`)
  if (declared.length > 1) fail(run, `can't use ${value} to iterate over more than one variable`)
  for (let element = 0n; element < value; element++) yield [undefined, element]
}

function bind(run: Run, { declared, assigns }: Pipe, key: Value, element: Value): void {
  const values = declared.length > 1 ? [key, element] : [element]
  const first = run.variables.length - declared.length
  declared.forEach(({ names }, index) => {
    const variable = assigns ? findVariable(run, names[0]!) : run.variables[first + index]!
    variable.value = values[index]
  })
}

/** Another template sees its own data and none of the variables here. */
function include(run: Run, dot: Value, { name, pipe }: Inclusion): void {
  const list = run.templates.get(name) ?? fail(run, `template ${goQuote(name)} not defined`)
  if (run.depth === DEEPEST) fail(run, `exceeded maximum template depth (${DEEPEST})`)
  const data = pipe && pipeline(run, dot, pipe)
  const { variables, template, depth } = run
  Object.assign(run, { variables: [{ name: "$", value: data }], template: name, depth: depth + 1 })
  walkList(run, data, list)
  Object.assign(run, { variables, template, depth })
}
