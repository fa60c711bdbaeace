import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

/** Licence texts of the packages that the bundle is made of, as their licences ask. */
export function notices(inputs: readonly string[]): string {
  const folders = new Set(inputs.map((path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? ""))
  folders.delete("")
  return [...folders].toSorted().map(noticeOf).join("\n")
}

function noticeOf(folder: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))
  const file = readdirSync(folder).find((entry) => /^(licen[cs]e|copying)/i.test(entry))
  const text = file ? readFileSync(join(folder, file), "utf8").trim() : ""
  return `${"-".repeat(80)}\n${name} ${version} (${license})\n\n${text}\n`
}
