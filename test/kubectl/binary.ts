import { execFileSync } from "node:child_process"
import { readdirSync, realpathSync } from "node:fs"
import { dirname, join } from "node:path"
import { build, builtPath, inPath } from "../cluster/binaries.ts"

const OLDEST_MINOR = 32

/** A kubectl that sends what it creates in protobuf; or why there is none. */
export function kubectlBinary(): { path: string } | { missing: string } {
  const wanted = process.env["KUBECTL"]
  if (wanted) return isRecent(wanted) ? { path: wanted } : { missing: `${wanted} is no ${recent}` }
  const installed = inPath("kubectl")
  const known = [...(installed ? [installed, ...siblings(installed)] : []), builtPath("kubectl")]
  const path = known.find(isRecent)
  if (path) return { path }
  if (!process.env["FLAGGER_BUILD_KUBECTL"]) {
    return { missing: `there is no ${recent}; with FLAGGER_BUILD_KUBECTL=1 Go builds one, once` }
  }
  if (!inPath("go")) return { missing: "Go is not installed: it builds kubectl once" }
  build("kubectl")
  return { path: builtPath("kubectl") }
}

const recent = `kubectl 1.${OLDEST_MINOR} or later`

/** Beside a program that only chooses the version that fits to the server stand the versions themselves: kubectl.1.33. */
function siblings(path: string): string[] {
  const folder = dirname(realpathSync(path))
  return readdirSync(folder)
    .filter((name) => /^kubectl\.1\.\d+$/.test(name))
    .toSorted((a, b) => minorIn(b) - minorIn(a))
    .map((name) => join(folder, name))
}

const minorIn = (text: string): number => Number(/1\.(\d+)/.exec(text)?.[1])

function isRecent(path: string): boolean {
  try {
    const said = execFileSync(path, ["version", "--client", "-o", "json"], { encoding: "utf8", stdio: "pipe" })
    const { gitVersion } = JSON.parse(said).clientVersion as { gitVersion: string }
    return minorIn(gitVersion) >= OLDEST_MINOR && !gitVersion.includes("dispatcher")
  } catch {
    return false
  }
}
