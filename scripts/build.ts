/** Makes `dist` (the bundles, their licence notices, the code cache) and the generated files in `deploy/crds` and `docs/reference`. */
import { execFileSync } from "node:child_process"
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { build, type BuildOptions, type Plugin } from "esbuild"
import { crdFiles } from "./crd-files.ts"
import { notices } from "./notices.ts"
import { referenceFiles } from "./reference.ts"

process.chdir(join(import.meta.dirname, ".."))
const say = process.argv.includes("--quiet") ? () => {} : console.log

/** Our own code uses four classes and one method of undici; its index would load fetch, WebSocket and caches too, at every start. */
const leanUndici: Plugin = {
  name: "lean-undici",
  setup({ onResolve, onLoad }) {
    const classes = { Agent: "agent", Client: "client", Pool: "pool", ProxyAgent: "proxy-agent" }
    const contents = [
      ...Object.entries(classes).map(([name, file]) => `exports.${name} = require("undici/lib/dispatcher/${file}.js")`),
      `require("undici/lib/dispatcher/dispatcher.js").prototype.request = require("undici/lib/api/api-request.js")`,
    ].join("\n")
    onResolve({ filter: /^undici$/ }, ({ importer }) =>
      importer.startsWith(join(process.cwd(), "src")) ? { path: "undici", namespace: "lean" } : undefined,
    )
    onLoad({ filter: /^undici$/, namespace: "lean" }, () => ({ contents, loader: "js", resolveDir: process.cwd() }))
  },
}

/** The sandbox is twice the operator, which need not carry it along: it is a bundle of its own, loaded when it is asked for. */
const sandboxApart: Plugin = {
  name: "sandbox-apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\.\/sandbox\.ts$/ }, ({ kind }) =>
      kind === "dynamic-import" ? { path: "../dist/sandbox.cjs", external: true } : undefined,
    )
  },
}

const usual = {
  bundle: true,
  write: false,
  metafile: true,
  platform: "node",
  format: "cjs",
  target: "node20",
  charset: "ascii",
  legalComments: "none",
  logLevel: "warning",
} as const

rmSync("dist", { recursive: true, force: true })
// Not minified, so that stack traces can be read without a source map.
const inputs = [
  await bundle("dist/flagger.cjs", {
    entryPoints: ["src/cli/main.ts"],
    // What is imported lazily is in it, but runs only when asked for.
    supported: { "dynamic-import": false },
    banner: { js: "(function (require) {" },
    footer: { js: "})" },
    plugins: [leanUndici, sandboxApart],
  }),
  await bundle("dist/sandbox.cjs", {
    entryPoints: ["src/cli/sandbox.ts"],
    define: { "import.meta.dirname": "__dirname" },
    plugins: [leanUndici],
  }),
  // What pods of the sandbox run: small, because it is started often.
  await bundle("dist/demo-app.cjs", { entryPoints: ["src/sandbox/app/main.ts"] }),
]
write("dist/THIRD-PARTY-LICENSES.txt", notices([...new Set(inputs.flat())]))
execFileSync(process.execPath, ["scripts/code-cache.cjs"], { stdio: ["ignore", "ignore", "inherit"] })
for (const [path, text] of [...crdFiles(), ...(await referenceFiles())]) write(path, text)

/** Gives the files that it is made of. */
async function bundle(path: string, { define, ...options }: BuildOptions): Promise<string[]> {
  const revised = { "process.env.FLAGGER_REVISION": JSON.stringify(revision()), ...define }
  const { outputFiles, metafile } = await build({ ...usual, ...options, define: revised })
  write(path, asAscii(outputFiles![0]!.text))
  return Object.keys(metafile!.inputs)
}

/** Other letters are left in regular expressions and comments, where an escape means the same. */
function asAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`)
}

function write(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  say(`${path} ${Math.ceil(statSync(path).size / 1024)} KB`)
}

function revision(): string {
  if (process.env.FLAGGER_REVISION) return process.env.FLAGGER_REVISION
  try {
    return execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
  } catch {
    return ""
  }
}
