import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { tmpdir } from "node:os"
import { basename, join } from "node:path"
import { afterEach, beforeEach, describe, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const { cachename } = createRequire(import.meta.url)("../bin/bundle.js") as { cachename: string }

describe("bin/flagger.js", () => {
  let folder = ""
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "flagger-bin-"))
    cpSync(join(root, "bin"), join(folder, "bin"), { recursive: true })
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  const flagger = (...args: string[]) =>
    spawnSync(process.execPath, [join(folder, "bin/flagger.js"), ...args], { cwd: tmpdir(), encoding: "utf8" })
  const build = (name: string, content: string | Buffer) => {
    mkdirSync(join(folder, "dist"), { recursive: true })
    writeFileSync(join(folder, "dist", name), content)
  }
  const program = `(function (require) { console.log(require("node:path").sep, process.argv.slice(2).join()) })`

  it("says how to build the program when that was not done", () => {
    const { status, stderr } = flagger("version")
    expect(status).toBe(1)
    expect(stderr).toContain("npm ci && npm run build")
  })

  it("runs the built program with the arguments, from any folder", () => {
    build("flagger.cjs", program)
    expect(flagger("operator", "-port=0").stdout).toBe("/ operator,-port=0\n")
  })

  it("runs it as well when the code cache cannot be used", () => {
    build("flagger.cjs", program)
    build(basename(cachename), Buffer.from("made by another V8"))
    expect(flagger("version").stdout).toBe("/ version\n")
  })
})
