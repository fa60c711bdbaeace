import { parseDurationMs } from "#api/duration.ts"
import type { Flag, FlagTable, FlagValues } from "#controller/flags.ts"

/** A command line that cannot be understood; the text is Go's, as users know it. */
export class FlagError extends Error {
  override readonly name = "FlagError"
}

export interface Parsed<T extends FlagTable> {
  values: FlagValues<T>
  /** What stands after the last flag. */
  rest: string[]
  helpWanted: boolean
}

/** Reads flags as Go programs do: one dash or two, `-flag=value` or `-flag value`, booleans bare or with `=`. */
export function parseFlags<T extends FlagTable>(table: T, args: readonly string[]): Parsed<T> {
  const values = Object.fromEntries(Object.entries(table).map(([name, flag]) => [name, flag.default]))
  let helpWanted = false
  let at = 0
  while (at < args.length && isFlag(args[at]!)) {
    const given = args[at++]!
    if (given === "--") break
    const { name, value } = nameAndValue(given)
    const flag = Object.hasOwn(table, name) ? table[name]! : undefined
    if (!flag && (name === "h" || name === "help")) {
      helpWanted = true
      break
    }
    if (!flag) throw new FlagError(`flag provided but not defined: -${name}`)
    if (flag.type === "bool") values[name] = booleanOf(name, value ?? "true")
    else if (value !== undefined) values[name] = valueOf(name, flag, value)
    else if (at < args.length) values[name] = valueOf(name, flag, args[at++]!)
    else throw new FlagError(`flag needs an argument: -${name}`)
  }
  return { values: values as FlagValues<T>, rest: args.slice(at), helpWanted }
}

/** The table as text, one flag in two lines. */
export function usageOf(program: string, table: FlagTable): string {
  const lines = Object.entries(table).flatMap(([name, flag]) => [
    `  -${name}${flag.type === "bool" ? "" : ` ${flag.type}`}`,
    `    \t${flag.help}${shownDefault(flag)}`,
  ])
  return [`Usage of ${program}:`, ...lines, ""].join("\n")
}

const isFlag = (text: string) => text.length > 1 && text.startsWith("-")

function nameAndValue(given: string): { name: string; value?: string } {
  const body = given.slice(given.startsWith("--") ? 2 : 1)
  if (body.startsWith("-") || body.startsWith("=")) throw new FlagError(`bad flag syntax: ${given}`)
  const equals = body.indexOf("=")
  return equals < 0 ? { name: body } : { name: body.slice(0, equals), value: body.slice(equals + 1) }
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ...["1", "t", "T", "TRUE", "true", "True"].map((spelling) => [spelling, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((spelling) => [spelling, false] as const),
])
function booleanOf(name: string, value: string): boolean {
  const found = booleans.get(value)
  if (found === undefined)
    throw new FlagError(`invalid boolean value ${JSON.stringify(value)} for -${name}: parse error`)
  return found
}

function valueOf(name: string, flag: Flag, value: string): string | number {
  if (flag.type === "string") return value
  const read = flag.type === "int" ? wholeOf(value) : parseDurationMs(value)
  if (read === undefined) throw invalid(name, value, "parse error")
  if (!Number.isSafeInteger(Math.trunc(read))) throw invalid(name, value, "value out of range")
  return read
}

function wholeOf(value: string): number | undefined {
  const found = /^([+-]?)(0x[\da-f]+|0b[01]+|0o?[0-7]+|0|[1-9]\d*)$/i.exec(value)
  if (!found) return undefined
  const digits = found[2]!.replace(/^0(?=\d)/, "0o")
  return found[1] === "-" ? -Number(digits) : Number(digits)
}

const invalid = (name: string, value: string, why: string) =>
  new FlagError(`invalid value ${JSON.stringify(value)} for flag -${name}: ${why}`)

function shownDefault(flag: Flag): string {
  if (!flag.default) return ""
  if (flag.type === "string") return ` (default ${JSON.stringify(flag.default)})`
  return ` (default ${flag.type === "duration" ? `${Number(flag.default) / 1000}s` : flag.default})`
}
