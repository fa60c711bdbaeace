/** Format, lint rules, types and dead code, side by side. Quiet when all is well. `--fix` repairs what can be repaired. */
import { execFile } from "node:child_process"
import { existsSync } from "node:fs"
import { join } from "node:path"
import { sourceFiles, unusedExports } from "./unused-exports.ts"

process.chdir(join(import.meta.dirname, ".."))
const fix = process.argv.includes("--fix")
const folders = ["src", "test", "bench", "scripts"].filter((folder) => existsSync(folder))

if (fix) {
  // One after the other: both write.
  await run("oxlint", "--type-aware", "--fix")
  await run("oxfmt")
}
const unformatted = run("oxfmt", "--list-different")
const complaints = await Promise.all([
  unformatted.then((list) => list && `Not formatted (npm run lint -- --fix):\n${list}`),
  run("oxlint", "--type-aware", "--deny-warnings", "--format=unix"),
  run("tsc", "--project", ".", "--pretty", "false"),
  Promise.resolve(unusedExports(sourceFiles(...folders)).join("\n")),
])
const text = complaints.filter(Boolean).join("\n\n")
if (text) {
  console.error(text)
  process.exitCode = 1
}

/** What the tool complains about; nothing when it is content. */
function run(tool: string, ...args: string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(join("node_modules/.bin", tool), args, { maxBuffer: 1e8 }, (error, stdout, stderr) =>
      resolve(error ? `${stdout}${stderr}`.trim() || error.message : ""),
    )
  })
}
