import {
  appendFileSync,
  closeSync,
  existsSync,
  fdatasync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
  fsyncSync,
} from "node:fs"
import { join } from "node:path"
import type { KubeObject } from "#api/objects.ts"
import type { Change, Store, Stored } from "./store.ts"

/** Writes every change to a file, so that a restart goes on where the server was, however it ended. */
export interface Journal {
  /** Resolves when everything up to now is on the disk. Rejects from the first failure on: what is missing cannot be made up for. */
  written(): Promise<void>
  close(): Promise<void>
}

/** The first line of a file tells only the version. */
interface Line {
  version: number
  family?: string
  key?: string
  /** Absent when it is gone. */
  object?: KubeObject
}

const COMPACT_AFTER_BYTES = 64 * 1024 * 1024

const fileIn = (folder: string): string => join(folder, "objects.jsonl")

/** What the journal in a folder tells; undefined where there is none. */
export function storedIn(folder: string): Stored | undefined {
  const path = fileIn(folder)
  if (!existsSync(path)) return undefined
  const objects = new Map<string, { family: string; key: string; object: KubeObject }>()
  let version = 0
  const bytes = readFileSync(path)
  const end = bytes.lastIndexOf("\n") + 1
  for (const text of bytes.subarray(0, end).toString().split("\n")) {
    if (!text) continue
    const line = JSON.parse(text) as Line
    version = Math.max(version, line.version)
    if (line.family === undefined || line.key === undefined) continue
    const place = `${line.family} ${line.key}`
    if (line.object) objects.set(place, { family: line.family, key: line.key, object: line.object })
    else objects.delete(place)
  }
  // The last line may have been cut off in the writing; nobody has been told of it.
  if (end < bytes.length) cutOff(path, end)
  return { version, objects: objects.values() }
}

function cutOff(path: string, length: number): void {
  const file = openSync(path, "r+")
  ftruncateSync(file, length)
  closeSync(file)
}

export function openJournal(folder: string, store: Store): Journal {
  mkdirSync(folder, { recursive: true })
  const path = fileIn(folder)
  let file = openSync(path, "a")
  let waiting: string[] = []
  let written = 0
  let flushing: Promise<void> | undefined
  let broken: Error | undefined

  function lineOf({ version, family, key, type, object }: Change): string {
    const line: Line = { version, family, key, ...(type === "DELETED" ? {} : { object }) }
    return `${JSON.stringify(line)}\n`
  }

  async function flush(): Promise<void> {
    // One write to the disk serves everybody who waits at the time.
    await new Promise((next) => setImmediate(next))
    const text = waiting.join("")
    waiting = []
    written += Buffer.byteLength(text)
    appendFileSync(file, text)
    await new Promise<void>((done, failed) => fdatasync(file, (error) => (error ? failed(error) : done())))
    if (written > COMPACT_AFTER_BYTES) compact()
  }

  function compact(): void {
    const part = `${path}.part`
    const fresh = openSync(part, "w")
    writeSync(fresh, `${JSON.stringify({ version: store.version() } satisfies Line)}\n`)
    for (const family of store.families()) {
      for (const object of store.list(family)) {
        const { namespace, name } = object.metadata
        const key = namespace ? `${namespace}/${name}` : name
        writeSync(fresh, `${JSON.stringify({ version: store.version(), family, key, object } satisfies Line)}\n`)
      }
    }
    fsyncSync(fresh)
    renameSync(part, path)
    closeSync(file)
    file = fresh
    written = 0
    waiting = []
  }

  async function settle(): Promise<void> {
    while (!broken && (flushing || waiting.length > 0)) {
      flushing ??= flush()
        .catch((error: unknown) => {
          broken = new Error(`the journal ${path} cannot be written`, { cause: error })
        })
        .finally(() => (flushing = undefined))
      await flushing
    }
    if (broken) throw broken
  }

  compact()
  const stop = store.onChange((change) => {
    waiting.push(lineOf(change))
    // Whoever waits for it is told when it fails.
    settle().catch(() => {})
  })
  return {
    written: settle,
    async close() {
      stop()
      await settle().finally(() => closeSync(file))
    },
  }
}
