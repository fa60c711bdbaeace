/** What a template computes with: nothing, Go's bool, int, float64 and string, and a map of strings. */
export type Value = undefined | boolean | bigint | number | string | ReadonlyMap<string, string>

export function typeOf(value: Exclude<Value, undefined>): string {
  switch (typeof value) {
    case "boolean":
      return "bool"
    case "bigint":
      return "int"
    case "number":
      return "float64"
    case "string":
      return "string"
    default:
      return "map[string]string"
  }
}

export const isMap = (value: Value): value is ReadonlyMap<string, string> => typeof value === "object"

export const isTrue = (value: Value): boolean => (isMap(value) ? value.size > 0 : Boolean(value))

/** Entries in the order of the keys' bytes. */
export const sortedEntries = (map: ReadonlyMap<string, string>): [string, string][] =>
  [...map].sort(([left], [right]) => compareText(left, right))

export const compareText = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right))
