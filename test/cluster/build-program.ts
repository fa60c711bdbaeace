import { execFileSync } from "node:child_process"
import { existsSync, readdirSync, statSync } from "node:fs"
import { join } from "node:path"

const root = join(import.meta.dirname, "..", "..")
const bundle = join(root, "dist", "flagger.cjs")

/** Makes the program anew if its sources have changed: processes are started from what is built. */
export function buildProgram(): void {
  const sources = readdirSync(join(root, "src"), { recursive: true, encoding: "utf8" })
  const changedMs = Math.max(...sources.map((path) => statSync(join(root, "src", path)).mtimeMs))
  if (existsSync(bundle) && statSync(bundle).mtimeMs > changedMs) return
  execFileSync(process.execPath, ["--import", "tsx", "scripts/build.ts", "--quiet"], { cwd: root, stdio: "inherit" })
}
