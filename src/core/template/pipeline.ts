import { goQuote } from "#core/text/go-quote.ts"
import { type Builtin, builtins } from "./functions.ts"
import { type Command, type Operand, type Pipe, sourceOf } from "./nodes.ts"
import { fail, findVariable, LONGEST, look, type Run } from "./run.ts"
import { isMap, isTrue, typeOf, type Value } from "./values.ts"

const absent = Symbol("nothing comes down the pipe")
/** What the previous command of a pipeline gave; it is the last argument of this one. */
type Piped = Value | typeof absent
type OperandOf<Kind extends Operand["kind"]> = Extract<Operand, { kind: Kind }>

export function pipeline(run: Run, dot: Value, pipe: Pipe): Value {
  look(run, pipe)
  let piped: Piped = absent
  for (const step of pipe.commands) piped = command(run, dot, step, piped)
  const value = piped === absent ? undefined : piped
  for (const { names } of pipe.declared) {
    if (pipe.assigns) findVariable(run, names[0]!).value = value
    else run.variables.push({ name: names[0]!, value })
  }
  return value
}

function command(run: Run, dot: Value, step: Command, piped: Piped): Value {
  const [first, ...args] = step.operands as [Operand, ...Operand[]]
  const called = args.length > 0 || piped !== absent
  if (first.kind === "chain") return chain(run, dot, first, called)
  if (first.kind === "pipe") {
    refuseArguments(run, first, called)
    return pipeline(run, dot, first)
  }
  run.node = first
  switch (first.kind) {
    case "function":
      return call(run, dot, { name: first.name, at: step, args, piped })
    case "field":
      return fields(run, dot, first.names, called)
    case "variable":
      return variable(run, first, called)
    default:
      refuseArguments(run, first, called)
      return first.kind === "nil" ? fail(run, "nil is not a command") : constant(run, dot, first)
  }
}

function argument(run: Run, dot: Value, operand: Operand): Value {
  run.node = operand
  switch (operand.kind) {
    case "nil":
      return undefined
    case "field":
      return fields(run, dot, operand.names, false)
    case "chain":
      return chain(run, dot, operand, false)
    case "function":
      return call(run, dot, { name: operand.name, at: operand, args: [], piped: absent })
    case "variable":
      return variable(run, operand, false)
    case "pipe":
      return pipeline(run, dot, operand)
    default:
      return constant(run, dot, operand)
  }
}

function refuseArguments(run: Run, operand: Operand, called: boolean): void {
  if (called) fail(run, `can't give argument to non-function ${sourceOf(operand)}`)
}

function constant(run: Run, dot: Value, operand: OperandOf<"dot" | "bool" | "number" | "string">): Value {
  if (operand.kind === "dot") return dot
  if (operand.value === undefined) fail(run, `${sourceOf(operand)} overflows int`)
  return operand.value
}

function chain(run: Run, dot: Value, operand: OperandOf<"chain">, called: boolean): Value {
  run.node = operand
  return fields(run, argument(run, dot, operand.of), operand.names, called)
}

function variable(run: Run, operand: OperandOf<"variable">, called: boolean): Value {
  const [name, ...names] = operand.names as [string, ...string[]]
  const { value } = findVariable(run, name)
  if (names.length === 0) refuseArguments(run, operand, called)
  return fields(run, value, names, called)
}

/** Arguments would go to the last field. */
const fields = (run: Run, value: Value, names: readonly string[], called: boolean): Value =>
  names.reduce((found, name, index) => field(run, found, name, called && index === names.length - 1), value)

function field(run: Run, value: Value, name: string, called: boolean): Value {
  if (value === undefined) fail(run, `nil data; no entry for key ${goQuote(name)}`)
  if (!isMap(value)) fail(run, `can't evaluate field ${name} in type ${typeOf(value)}`)
  if (called) fail(run, `${name} is not a method but has arguments`)
  return value.get(name) ?? fail(run, `map has no entry for key ${goQuote(name)}`)
}

interface Call {
  name: string
  /** What errors inside the function are told of. */
  at: Command | Operand
  args: readonly Operand[]
  piped: Piped
}

function call(run: Run, dot: Value, { name, at, args, piped }: Call): Value {
  const given = args.length + (piped === absent ? 0 : 1)
  if (run.functions.has(name)) {
    if (given > 0) fail(run, `wrong number of args for ${name}: want 0 got ${given}`)
    return run.functions.get(name)
  }
  const builtin = builtins[name]!
  const { least, most } = builtin
  if (most === undefined && given < least) {
    fail(run, `wrong number of args for ${name}: want at least ${least} got ${args.length}`)
  }
  if (most !== undefined && given !== most) fail(run, `wrong number of args for ${name}: want ${most} got ${given}`)
  const values = builtinArguments(run, dot, builtin, args, piped)
  try {
    return short(builtin.call(values, args[0] && sourceOf(args[0])))
  } catch (error) {
    run.node = at
    return fail(run, `error calling ${name}: ${(error as Error).message}`)
  }
}

function short(value: Value): Value {
  if (typeof value === "string" && value.length > LONGEST) throw new Error(`longer than ${LONGEST} characters`)
  return value
}

/** Ends early where the first arguments already decide. */
function builtinArguments(run: Run, dot: Value, builtin: Builtin, args: readonly Operand[], piped: Piped): Value[] {
  const values: Value[] = []
  for (const operand of args) {
    const value = values.length === 0 && builtin.format ? format(run, dot, operand) : argument(run, dot, operand)
    values.push(value)
    if (builtin.decidedBy === isTrue(value)) return values
  }
  if (piped !== absent) values.push(values.length === 0 && builtin.format ? text(run, piped) : piped)
  return values
}

/** The first argument of printf. */
function format(run: Run, dot: Value, operand: Operand): string {
  run.node = operand
  if (operand.kind === "nil") fail(run, "cannot assign nil to string")
  if (operand.kind === "bool" || operand.kind === "number") fail(run, `expected string; found ${sourceOf(operand)}`)
  return text(run, argument(run, dot, operand))
}

function text(run: Run, value: Value): string {
  if (value === undefined) fail(run, "invalid value; expected string")
  return typeof value === "string" ? value : fail(run, `wrong type for value; expected string; got ${typeOf(value)}`)
}
