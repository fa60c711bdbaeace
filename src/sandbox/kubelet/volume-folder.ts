import {
  chmodSync,
  mkdirSync,
  readlinkSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { dirname, join, posix } from "node:path"
import type { Files } from "./volumes.ts"

const DATA = "..data"

/**
 * Makes a folder show exactly these files, all of them changed at one moment: the files are in a hidden folder that `..data`
 * points to, names outside point into `..data`, and only that link is replaced.
 */
export function showFiles(folder: string, files: Files): void {
  mkdirSync(folder, { recursive: true })
  const before = linkedFolder(folder)
  const version = `..${Number(before?.slice(2) ?? 0) + 1}`
  for (const [path, { content, mode }] of files) {
    const file = join(folder, version, inside(path))
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    // Not by writing, where the process' mask takes bits away.
    chmodSync(file, mode)
  }
  mkdirSync(join(folder, version), { recursive: true })
  symlinkSync(version, join(folder, "..new"))
  renameSync(join(folder, "..new"), join(folder, DATA))
  linkNames(folder, new Set([...files.keys()].map((path) => inside(path).split("/")[0]!)))
  if (before) rmSync(join(folder, before), { recursive: true, force: true })
}

function linkedFolder(folder: string): string | undefined {
  try {
    return readlinkSync(join(folder, DATA))
  } catch {
    return undefined
  }
}

function linkNames(folder: string, wanted: Set<string>): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const { name } = entry
    if (name.startsWith("..") || wanted.delete(name) || !entry.isSymbolicLink()) continue
    if (readlinkSync(join(folder, name)).startsWith(`${DATA}/`)) rmSync(join(folder, name))
  }
  for (const name of wanted) symlinkSync(`${DATA}/${name}`, join(folder, name))
}

/** A path that cannot leave the folder that it is joined to. */
export const inside = (path: string): string => posix.join("/", path).slice(1)
