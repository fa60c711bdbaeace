import { equal, less } from "./comparisons.ts"
import { htmlEscaped, jsEscaped, urlQueryEscaped } from "./escapes.ts"
import { print, println } from "./print.ts"
import { printf } from "./printf.ts"
import { isMap, isTrue, typeOf, type Value } from "./values.ts"

/** A function every template has. What it throws is the reason the template fails. */
export interface Builtin {
  /** Arguments it must have. */
  least: number
  /** Arguments it may have; without a limit when absent. */
  most?: number
  /** The first argument must be a text. */
  format?: true
  /** A true, or a false, argument makes the remaining ones irrelevant: they are not evaluated. */
  decidedBy?: boolean
  /** `source` is how the first argument is written, unless it came down the pipe. */
  call(args: readonly Value[], source: string | undefined): Value
}

const any = (call: (args: readonly Value[]) => Value): Builtin => ({ least: 0, call })
const two = (call: (left: Value, right: Value) => Value): Builtin => ({
  least: 2,
  most: 2,
  call: ([left, right]) => call(left, right),
})
const lessOrEqual = (left: Value, right: Value): boolean => less(left, right) || equal(left, [right])

export const builtins: Readonly<Record<string, Builtin>> = {
  and: { least: 1, decidedBy: false, call: (args) => args.at(-1) },
  or: { least: 1, decidedBy: true, call: (args) => args.at(-1) },
  not: { least: 1, most: 1, call: ([value]) => !isTrue(value) },
  eq: { least: 1, call: ([first, ...others]) => equal(first, others) },
  ne: two((left, right) => !equal(left, [right])),
  lt: two(less),
  le: two(lessOrEqual),
  gt: two((left, right) => !lessOrEqual(left, right)),
  ge: two((left, right) => !less(left, right)),
  len: { least: 1, most: 1, call: ([value]) => lengthOf(value) },
  index: { least: 1, call: ([item, ...indexes]) => indexed(item, indexes) },
  slice: { least: 1, call: ([item, ...indexes]) => sliced(item, indexes) },
  print: any(print),
  println: any(println),
  printf: { least: 1, format: true, call: ([format, ...values]) => printf(format as string, values) },
  html: any((values) => htmlEscaped(joined(values))),
  js: any((values) => jsEscaped(joined(values))),
  urlquery: any((values) => urlQueryEscaped(joined(values))),
  call: { least: 1, call: ([callee], source) => refuseCall(callee, source) },
}

const joined = (values: readonly Value[]): string => print(values.map((value) => value ?? "<no value>"))

/** No value is a function. */
function refuseCall(callee: Value, source: string | undefined): never {
  if (callee === undefined) throw new Error("call of nil")
  const name = source ?? (typeof callee === "string" ? callee : `<${typeOf(callee)} Value>`)
  throw new Error(`non-function ${name} of type ${typeOf(callee)}`)
}

function lengthOf(value: Value): bigint {
  if (value === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value")
  if (isMap(value)) return BigInt(value.size)
  if (typeof value === "string") return BigInt(Buffer.byteLength(value))
  throw new Error(`len of type ${typeOf(value)}`)
}

function indexed(item: Value, indexes: readonly Value[]): Value {
  if (item === undefined) throw new Error("index of untyped nil")
  return indexes.reduce((found, index) => element(found!, index), item)
}

function element(item: Exclude<Value, undefined>, index: Value): Value {
  if (isMap(item)) return item.get(keyOf(index)) ?? ""
  if (typeof item !== "string") throw new Error(`can't index item of type ${typeOf(item)}`)
  const bytes = Buffer.from(item)
  const byte = bytes[place(index, bytes.length)]
  if (byte === undefined) throw new Error("reflect: string index out of range")
  return BigInt(byte)
}

function keyOf(index: Value): string {
  if (index === undefined) throw new Error("value is nil; should be of type string")
  if (typeof index !== "string") throw new Error(`value has type ${typeOf(index)}; should be string`)
  return index
}

function place(index: Value, length: number): number {
  if (index === undefined) throw new Error("cannot index slice/array with nil")
  if (typeof index !== "bigint") throw new Error(`cannot index slice/array with type ${typeOf(index)}`)
  if (index < 0n || index > length) throw new Error(`index out of range: ${index}`)
  return Number(index)
}

function sliced(item: Value, indexes: readonly Value[]): string {
  if (item === undefined) throw new Error("slice of untyped nil")
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`)
  if (typeof item !== "string") throw new Error(`can't slice item of type ${typeOf(item)}`)
  if (indexes.length === 3) throw new Error("cannot 3-index slice a string")
  const bytes = Buffer.from(item)
  const [start = 0, end = bytes.length] = indexes.map((index) => place(index, bytes.length))
  if (start > end) throw new Error(`invalid slice index: ${start} > ${end}`)
  return bytes.subarray(start, end).toString()
}
