import { spawnSync } from "node:child_process"
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { unusedExports } from "../scripts/unused-exports.ts"

const root = join(import.meta.dirname, "..")

describe("the import directions", () => {
  let folder = ""
  let complaints = ""
  const files: Record<string, string> = {
    "src/api/up.ts": `import "#core/time.ts"`,
    "src/core/up.ts": `import "#kube/client.ts"`,
    "src/core/package.ts": `import "undici"`,
    "src/core/network.ts": `import "node:net"`,
    "src/core/clock.ts": `export const at = Date.now()`,
    "src/core/waiting.ts": `export const wait = async () => {}`,
    "src/core/fine.ts": `import "node:crypto"\nimport "#api/canary.ts"\nimport "./time.ts"`,
    "src/net/aside.ts": `import "#kube/client.ts"`,
    "src/routers/aside.ts": `import "#metrics/contract.ts"`,
    "src/routers/relative.ts": `import "../metrics/contract.ts"`,
    "src/routers/fine.ts": `import "#kube/contract.ts"\nimport "./contract.ts"`,
    "src/controller/up.ts": `import "#cli/flags.ts"`,
    "src/web/aside.ts": `import "#controller/log.ts"`,
    "src/cli/relative.ts": `import "../controller/log.ts"`,
    "src/cli/fine.ts": `import "#controller/log.ts"\nimport "#web/page.ts"`,
    "src/kube/one.ts": `import "./two.ts"`,
    "src/kube/two.ts": `import "./one.ts"`,
    "src/routers/free.test.ts": `import "#cli/flags.ts"`,
  }
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), "flagger-lint-"))
    cpSync(join(root, ".oxlintrc.json"), join(folder, ".oxlintrc.json"))
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), `${text}\n`)
    }
    const oxlint = join(root, "node_modules/.bin/oxlint")
    complaints = spawnSync(oxlint, ["--format=unix", "src"], { cwd: folder, encoding: "utf8" }).stdout
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  it.each([
    ["api stands on nothing", "src/api/up.ts"],
    ["core knows no client", "src/core/up.ts"],
    ["core uses no package", "src/core/package.ts"],
    ["core does no I/O", "src/core/network.ts"],
    ["core has no clock", "src/core/clock.ts"],
    ["core waits for nothing", "src/core/waiting.ts"],
    ["net does not know kube", "src/net/aside.ts"],
    ["a family does not know another", "src/routers/aside.ts"],
    ["a family does not reach another by a relative path", "src/routers/relative.ts"],
    ["the controller does not know the command line", "src/controller/up.ts"],
    ["the page does not know the controller", "src/web/aside.ts"],
    ["other folders are imported by name", "src/cli/relative.ts"],
    ["files do not import each other in a circle", "src/kube/two.ts"],
  ])("hold: %s", (_, path) => expect(complaints).toContain(`${path}:`))

  it.each(["src/core/fine.ts", "src/routers/fine.ts", "src/cli/fine.ts", "src/routers/free.test.ts"])(
    "leave %s alone",
    (path) => expect(complaints).not.toContain(`${path}:`),
  )
})

describe("dead code", () => {
  const files = (texts: Record<string, string>) => Object.entries(texts).map(([path, text]) => ({ path, text }))
  const found = (texts: Record<string, string>) =>
    unusedExports(files(texts)).map((line) => /^(\S+): nobody imports (\w+)/.exec(line)!.slice(1).join(" "))

  it("is an export that nobody imports", () => {
    const kinds = "export const a = 1\nexport async function b() {}\nexport class C {}\nexport interface D {}\n"
    expect(found({ "src/kube/x.ts": kinds })).toEqual([
      "src/kube/x.ts:1 a",
      "src/kube/x.ts:2 b",
      "src/kube/x.ts:3 C",
      "src/kube/x.ts:4 D",
    ])
  })

  it("is not what is imported in several lines, under another name, as a type, lazily or whole", () => {
    expect(
      found({
        "src/kube/x.ts": "export const a = 1\nexport const b = 2\nexport interface D {}\n",
        "src/kube/lazy.ts": "export const c = 1\n",
        "src/core/whole.ts": "export const d = 1\n",
        "src/kube/y.ts": [
          `import {\n  a,\n  b as bee,\n} from "./x.ts"`,
          `import type { D } from "./x.ts"`,
          `import * as whole from "#core/whole.ts"`,
          `const { c } = await import("./lazy.ts")`,
        ].join("\n"),
      }),
    ).toEqual([])
  })

  it("is what only tests import, unless it is there for tests", () => {
    expect(
      found({
        "src/kube/x.ts": "export const a = 1\n",
        "src/kube/fake.test-server.ts": "export const fake = 1\n",
        "src/kube/x.test.ts": `import { a } from "./x.ts"\nimport { fake } from "./fake.test-server.ts"\n`,
      }),
    ).toEqual(["src/kube/x.ts:1 a"])
  })

  it("is not a type that belongs to the signature of an export", () => {
    const text = "export interface Options {}\nexport function go(options: Options) {}\n"
    expect(found({ "src/kube/x.ts": text, "src/kube/y.ts": `import { go } from "./x.ts"` })).toEqual([])
  })
})
