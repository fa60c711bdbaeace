import { load } from "js-yaml"
import type { Image } from "./images.ts"

const fields: Record<string, (value: unknown) => boolean> = {
  image: (value) => typeof value === "string" && value !== "",
  command: isListOfTexts,
  args: isListOfTexts,
  folder: (value) => typeof value === "string",
  always: (value) => typeof value === "boolean",
}

/** Reads a table of images: a YAML list of entries as in `Image`. */
export function readImages(text: string): Image[] {
  const table = load(text)
  if (!Array.isArray(table)) throw new Error("a table of images is a list of entries with image and command")
  return table.map((entry: unknown, index) => {
    const problem = problemOf(entry)
    if (problem) throw new Error(`entry ${index + 1} of the table of images: ${problem}`)
    return entry as Image
  })
}

function problemOf(entry: unknown): string | undefined {
  if (typeof entry !== "object" || entry === null) return "expected fields such as image and command"
  if (!("image" in entry)) return "image is missing"
  for (const [name, value] of Object.entries(entry)) {
    const fits = fields[name]
    if (!fits) return `unknown field "${name}"; known are ${Object.keys(fields).join(", ")}`
    if (!fits(value)) return `${name} is not of the expected type`
  }
  return undefined
}

function isListOfTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((item) => typeof item === "string")
}
