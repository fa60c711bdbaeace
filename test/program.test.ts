import { type ChildProcess, execFileSync, spawn } from "node:child_process"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, expect, it } from "vitest"

const root = join(import.meta.dirname, "..")
const list = { metadata: { resourceVersion: "1" }, items: [] }
const answers: Record<string, unknown> = {
  "/version": { major: "1", minor: "36", gitVersion: "v1.36.3" },
  "/api/v1/query": { status: "success", data: { resultType: "vector", result: [{ metric: {}, value: [0, "1"] }] } },
}

/** As much of a cluster and of a Prometheus as the start needs. */
const world = createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url!, "http://world")
  response.setHeader("content-type", "application/json")
  if (searchParams.has("watch")) response.flushHeaders()
  else response.end(JSON.stringify(answers[pathname] ?? list))
})
let folder = ""
let address = ""
let operator: ChildProcess | undefined

beforeAll(async () => {
  execFileSync(process.execPath, ["--import", "tsx", "scripts/build.ts", "--quiet"], { cwd: root })
  folder = mkdtempSync(join(tmpdir(), "flagger-program-"))
  address = await listening(world)
  const cluster = { name: "c", cluster: { server: address } }
  const context = { name: "x", context: { cluster: "c", user: "u" } }
  const config = { clusters: [cluster], contexts: [context], users: [{ name: "u", user: {} }], "current-context": "x" }
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(config))
}, 60_000)
afterAll(() => {
  operator?.kill("SIGKILL")
  world.closeAllConnections()
  world.close()
  rmSync(folder, { recursive: true })
})

it("the built program connects to a cluster and to a metrics server, and ends cleanly when it is told to", async () => {
  const flags = [`-kubeconfig=${join(folder, "kubeconfig")}`, `-metrics-server=${address}`, "-port=0"]
  operator = spawn(process.execPath, ["bin/flagger.js", ...flags], { cwd: root, stdio: ["ignore", "ignore", "pipe"] })
  let log = ""
  await new Promise<void>((resolve, reject) => {
    operator!.once("exit", () => reject(new Error(log)))
    operator!.stderr!.on("data", (chunk: Buffer) => {
      log += chunk.toString()
      if (log.includes("Connected to metrics server")) resolve()
    })
  })
  operator.removeAllListeners("exit")
  const ended = new Promise((resolve) => operator!.once("exit", resolve))
  operator.kill("SIGTERM")
  expect(await ended).toBe(0)
}, 60_000)

function listening(server: Server): Promise<string> {
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)),
  )
}
