import type { CelValue } from "@bufbuild/cel"
import { isReflectMessage } from "@bufbuild/protobuf/reflect"
import { noSuchOverload } from "../opaque.ts"

/** Below, above or at zero, for two values of one kind. */
export function compareValues(one: CelValue, other: CelValue): number {
  const [a, b] = [sortable(one), sortable(other)]
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b))
  if (isNumeric(a) && isNumeric(b)) return a < b ? -1 : a > b ? 1 : 0
  throw noSuchOverload()
}

const isNumeric = (value: unknown): value is bigint | number => typeof value === "bigint" || typeof value === "number"

function sortable(value: CelValue): bigint | number | string {
  if (typeof value === "string" || isNumeric(value)) return value
  if (typeof value === "boolean") return value ? 1 : 0
  if (value instanceof Uint8Array) return Buffer.from(value).toString("latin1")
  // Times and durations.
  if (isReflectMessage(value)) {
    const { seconds = 0n, nanos = 0 } = value.message as { seconds?: bigint; nanos?: number }
    return seconds * 1_000_000_000n + BigInt(nanos)
  }
  throw noSuchOverload()
}
