import { spawn } from "node:child_process"
import { once } from "node:events"
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { openJournal, storedIn } from "./journal.ts"
import { createStore } from "./store.ts"

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "flagger-journal-"))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const configMap = (name: string, data: object = {}) => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name, namespace: "shop" },
  data,
})
const open = () => {
  const store = createStore(storedIn(folder))
  return { store, journal: openJournal(folder, store) }
}

describe("a server that keeps its objects in a folder", () => {
  it("begins empty where there is none", () => expect(storedIn(folder)).toBeUndefined())
  it("goes on where it was: objects, deletions, and versions that never repeat", async () => {
    const { store, journal } = open()
    store.put("configmaps", "shop/a", configMap("a"))
    store.put("configmaps", "shop/b", configMap("b"))
    store.put("configmaps", "shop/a", configMap("a", { changed: "yes" }))
    store.remove("configmaps", "shop/b")
    await journal.close()
    const again = open()
    expect(again.store.list("configmaps")).toEqual(store.list("configmaps"))
    expect(again.store.version()).toBe(store.version())
    await again.journal.close()
  })
  it("forgets a line that was cut off in the writing, and nothing else", async () => {
    const { store, journal } = open()
    store.put("configmaps", "shop/a", configMap("a"))
    await journal.close()
    appendFileSync(join(folder, "objects.jsonl"), '{"version":900,"family":"configmaps","key":"shop/b","obj')
    const again = open()
    expect(again.store.list("configmaps").map(({ metadata }) => metadata.name)).toEqual(["a"])
    again.store.put("configmaps", "shop/c", configMap("c"))
    await again.journal.close()
    expect(
      open()
        .store.list("configmaps")
        .map(({ metadata }) => metadata.name),
    ).toEqual(["a", "c"])
  })
  it("writes its file anew at a start, with only what is there", async () => {
    const first = open()
    for (let count = 0; count < 100; count++)
      first.store.put("configmaps", "shop/a", configMap("a", { count: `${count}` }))
    await first.journal.close()
    await open().journal.close()
    const [version, ...objects] = readFileSync(join(folder, "objects.jsonl"), "utf8").trim().split("\n")
    expect(JSON.parse(version!)).toEqual({ version: first.store.version() })
    expect(objects).toHaveLength(1)
  })
  it("does not repeat versions after everything was deleted", async () => {
    const { store, journal } = open()
    store.put("configmaps", "shop/a", configMap("a"))
    store.remove("configmaps", "shop/a")
    await journal.close()
    await open().journal.close()
    expect(open().store.version()).toBe(store.version())
  })
  it("writes also what nobody waits for", async () => {
    const { store, journal } = open()
    store.put("configmaps", "shop/a", configMap("a"))
    await vi.waitFor(() => expect([...storedIn(folder)!.objects]).toHaveLength(1))
    await journal.close()
  })
  it("loses nothing that was acknowledged when it is killed", async () => {
    const program = join(import.meta.dirname, "journal.test-program.ts")
    const acknowledged = new Map<string, number>()
    for (let life = 0; life < 3; life++) {
      const child = spawn(process.execPath, ["--import", "tsx", program, folder], {
        stdio: ["ignore", "pipe", "inherit"],
      })
      let heard = 0
      for await (const line of createInterface({ input: child.stdout })) {
        const [version, count] = line.split(" ").map(Number) as [number, number]
        acknowledged.set(`c${count % 50}`, version)
        if (++heard === 120 + life * 7) child.kill("SIGKILL")
      }
      if (child.exitCode === null && child.signalCode === null) await once(child, "exit")
      const { objects } = storedIn(folder)!
      const kept = new Map(
        [...objects].map(({ object }) => [object.metadata.name, Number(object.metadata.resourceVersion)]),
      )
      for (const [name, version] of acknowledged) expect(kept.get(name), name).toBeGreaterThanOrEqual(version)
    }
  }, 30_000)
})
