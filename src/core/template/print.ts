import { printed } from "./formats.ts"
import type { Value } from "./values.ts"

/** Values side by side, as Go's `print` puts them: a blank between two that are no texts. */
export const print = (values: readonly Value[]): string =>
  values
    .map((value, index) => {
      const apart = index > 0 && typeof value !== "string" && typeof values[index - 1] !== "string"
      return (apart ? " " : "") + printed(value)
    })
    .join("")

export const println = (values: readonly Value[]): string => `${values.map((value) => printed(value)).join(" ")}\n`
