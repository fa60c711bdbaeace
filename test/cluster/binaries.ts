import { execFileSync } from "node:child_process"
import { accessSync, constants, existsSync, mkdirSync, renameSync } from "node:fs"
import { homedir } from "node:os"
import { delimiter, join } from "node:path"

const version = "v1.36.3"
const cacheFolder = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "flagger-test", version)

export interface Binaries {
  etcd: string
  apiServer: string
  controllerManager: string
}

/** What a control plane is made of; built or installed where it is missing and can be had. */
export function binaries(): Binaries | { missing: string } {
  const etcd = inPath("etcd") ?? installedEtcd()
  if (!etcd) return { missing: "etcd is not installed: apt-get install etcd-server" }
  const commands = ["kube-apiserver", "kube-controller-manager"]
  const unbuilt = commands.filter((command) => !existsSync(builtPath(command)))
  if (unbuilt.length > 0 && !inPath("go")) {
    return { missing: `Go is not installed: it builds kube-apiserver and kube-controller-manager ${version} once` }
  }
  for (const command of unbuilt) build(command)
  return { etcd, apiServer: builtPath("kube-apiserver"), controllerManager: builtPath("kube-controller-manager") }
}

/** Where a command of Kubernetes is once it is built. */
export const builtPath = (command: string): string => join(cacheFolder, command)

/** Builds a command of Kubernetes. Needs Go. */
export function build(command: string): void {
  console.log(`building ${command} ${version} into ${cacheFolder}, once; several minutes on two cores`)
  mkdirSync(cacheFolder, { recursive: true })
  const part = `${builtPath(command)}.part`
  execFileSync("go", ["build", "-ldflags", linkerFlags(), "-o", part, `k8s.io/kubernetes/cmd/${command}`], {
    cwd: join(import.meta.dirname, "control-plane"),
    stdio: "inherit",
  })
  renameSync(part, builtPath(command))
}

/** Without these the server calls itself v0.0.0, which clients refuse. */
function linkerFlags(): string {
  const [major, minor] = version.slice(1).split(".")
  const stamps = {
    gitVersion: version,
    gitMajor: major,
    gitMinor: minor,
    gitTreeState: "clean",
    buildDate: "2026-01-01T00:00:00Z",
  }
  const stamp = ([name, value]: [string, unknown]) => `-X k8s.io/component-base/version.${name}=${String(value)}`
  return ["-s", "-w", ...Object.entries(stamps).map(stamp)].join(" ")
}

function installedEtcd(): string | undefined {
  if (process.getuid?.() !== 0 || !inPath("apt-get")) return undefined
  try {
    execFileSync("apt-get", ["update", "-qq"], { stdio: "inherit" })
    execFileSync("apt-get", ["install", "-y", "-qq", "etcd-server"], { stdio: "inherit" })
  } catch {
    return undefined
  }
  return inPath("etcd")
}

export function inPath(name: string): string | undefined {
  const folders = (process.env.PATH ?? "").split(delimiter)
  return folders.map((folder) => join(folder, name)).find(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
