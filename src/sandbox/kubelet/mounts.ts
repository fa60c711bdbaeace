import { mkdirSync, rmSync, symlinkSync } from "node:fs"
import { dirname, join } from "node:path"
import type { Container } from "kubernetes-types/core/v1.js"
import { inside } from "./volume-folder.ts"

/**
 * Mirrors a container's mounts below its working folder: what it finds at `/etc/app` in a real cluster is at `./etc/app`.
 * Tells the folder of each volume.
 */
export function mountAll(
  { volumeMounts = [] }: Container,
  folder: string,
  folderOf: (volume: string) => string,
): Record<string, string> {
  mkdirSync(folder, { recursive: true })
  // Outer paths first: one mount may be inside another.
  for (const { name, mountPath, subPath } of [...volumeMounts].sort((a, b) => (a.mountPath < b.mountPath ? -1 : 1))) {
    const link = join(folder, inside(mountPath))
    if (link === folder) continue
    mkdirSync(dirname(link), { recursive: true })
    rmSync(link, { recursive: true, force: true })
    symlinkSync(subPath ? join(folderOf(name), inside(subPath)) : folderOf(name), link)
  }
  return Object.fromEntries(volumeMounts.map(({ name }) => [name, folderOf(name)]))
}
