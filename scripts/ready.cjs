// Installs and builds what is missing, so that a fresh checkout can be started with one command.
const { execFileSync } = require("node:child_process")
const { existsSync } = require("node:fs")
const { join } = require("node:path")

const root = join(__dirname, "..")
const npm = (...args) => execFileSync("npm", args, { cwd: root, stdio: "inherit", shell: process.platform === "win32" })

if (!existsSync(join(root, "node_modules", "esbuild"))) {
  console.log("Installing what is needed, once")
  npm("ci", "--no-audit", "--no-fund")
} else if (!existsSync(join(root, "dist", "flagger.cjs"))) {
  npm("run", "build", "--silent")
}
