import { type ChildProcess, spawn } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { get as httpGet } from "node:http"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildSync } from "esbuild"
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest"

const folder = mkdtempSync(join(tmpdir(), "flagger-test-"))
const program = join(folder, "demo-app.mjs")
const children: ChildProcess[] = []

beforeAll(() => {
  const entry = join(import.meta.dirname, "main.ts")
  buildSync({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile: program })
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL")
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Started {
  url: string
  child: ChildProcess
  output(): string
  ended: Promise<number | null>
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done))
  const { port } = server.address() as { port: number }
  await new Promise((done) => server.close(done))
  return port
}

/** Resolves when it has said something, which is that it listens, or has ended. */
async function start(env: Record<string, string> = {}): Promise<Started> {
  const port = await freePort()
  const child = spawn(process.execPath, [program], {
    env: { HOST: "127.0.0.1", PORT: String(port), VERSION: "1.0.0", HOSTNAME: "pod-1", DRAIN_MS: "0", ...env },
    stdio: ["ignore", "pipe", "inherit"],
  })
  children.push(child)
  let output = ""
  const ended = new Promise<number | null>((done) => child.once("exit", done))
  const said = new Promise((done) =>
    child.stdout.on("data", (chunk) => {
      output += chunk
      done(undefined)
    }),
  )
  await Promise.race([said, ended])
  return { url: `http://127.0.0.1:${port}`, child, ended, output: () => output }
}

const statusOf = async (url: string, init?: RequestInit): Promise<number> => (await fetch(url, init)).status

describe("the demo app", () => {
  it("says which version answers", async () => {
    const { url } = await start({ COLOR: "blue", MESSAGE: "Hi" })
    const answer = await fetch(url)
    expect(await answer.json()).toEqual({ version: "1.0.0", hostname: "pod-1", color: "blue", message: "Hi" })
  })

  it("takes its version from the tag of its image", async () => {
    const { url } = await start({ VERSION: undefined as never, IMAGE_TAG: "2.1" })
    expect(await (await fetch(url)).json()).toMatchObject({ version: "2.1" })
  })

  it("shows a page to browsers, whatever its version is called", async () => {
    const { url } = await start({ VERSION: "<b>1</b>" })
    const answer = await fetch(url, { headers: { accept: "text/html,*/*" } })
    expect(answer.headers.get("content-type")).toContain("text/html")
    const page = await answer.text()
    expect(page).toContain("&#60;b&#62;1")
    expect(page).not.toContain("<b>1")
  })

  it("answers with a given status, after a given time, and with what it was asked", async () => {
    const { url } = await start()
    expect(await statusOf(`${url}/status/418`)).toBe(418)
    expect(await statusOf(`${url}/status/999`)).toBe(400)
    const beganMs = performance.now()
    expect(await statusOf(`${url}/delay/0.1`)).toBe(200)
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(95)
    const echo = await fetch(`${url}/echo?x=1`, { method: "POST", body: "text", headers: { "x-who": "me" } })
    expect(await echo.json()).toMatchObject({
      method: "POST",
      path: "/echo?x=1",
      body: "text",
      headers: { "x-who": "me" },
    })
    expect(await statusOf(`${url}/nowhere`)).toBe(404)
  })

  it("listens on all of its ports", async () => {
    const other = await freePort()
    const port = await freePort()
    await start({ PORTS: `${port},${other}` })
    expect(await statusOf(`http://127.0.0.1:${port}/healthz`)).toBe(200)
    expect(await statusOf(`http://127.0.0.1:${other}/metrics`)).toBe(200)
  })

  it("measures how long requests took by status, without probes", async () => {
    const { url } = await start()
    await fetch(url)
    await fetch(`${url}/healthz`)
    await fetch(`${url}/status/503`)
    const text = await (await fetch(`${url}/metrics`)).text()
    expect(text).toContain('http_request_duration_seconds_count{status="200"} 1\n')
    expect(text).toContain('http_request_duration_seconds_bucket{status="503",le="+Inf"} 1\n')
    expect(text).toContain('app_info{version="1.0.0"} 1\n')
  })
})

describe("a demo app that misbehaves", () => {
  it("fails every fifth request for a share of 0.2, and no probe", async () => {
    const { url } = await start({ ERROR_SHARE: "0.2" })
    const statuses: number[] = []
    for (let number = 0; number < 20; number++) {
      statuses.push(await statusOf(url))
      expect(await statusOf(`${url}/healthz`)).toBe(200)
    }
    expect(statuses.flatMap((status, index) => (status === 500 ? [index % 5] : []))).toEqual([4, 4, 4, 4])
  })

  it("is slow", async () => {
    const { url } = await start({ DELAY_MS: "100" })
    const beganMs = performance.now()
    await fetch(url)
    expect(performance.now() - beganMs).toBeGreaterThanOrEqual(75)
  })

  it("can be told so while it runs", async () => {
    const { url } = await start()
    const told = await fetch(`${url}/behave?errorShare=1&delayMs=1`)
    expect(await told.json()).toMatchObject({ errorShare: 1, delayMs: 1 })
    expect(await statusOf(url)).toBe(500)
    const body = JSON.stringify({ errorShare: 0, version: "1.0.1" })
    expect(await statusOf(`${url}/behaviour`, { method: "PUT", body })).toBe(200)
    expect(await (await fetch(url)).json()).toMatchObject({ version: "1.0.1" })
    expect(await statusOf(`${url}/readyz`)).toBe(200)
    await fetch(`${url}/behave?ready=false`)
    expect(await statusOf(`${url}/readyz`)).toBe(503)
  })

  it.each(["errorShare=2", "errorShare=", "delayMs=-1", "speed=1"])("refuses to behave like %s", async (query) => {
    const { url } = await start()
    const answer = await fetch(`${url}/behave?${query}`)
    expect(answer.status).toBe(400)
    expect(await answer.json()).toEqual({ error: expect.stringContaining(query.split("=")[0]!) })
    expect(await statusOf(url)).toBe(200)
  })

  it("crashes at its start, or later", async () => {
    const atStart = await start({ CRASH_AT_START: "true" })
    expect(await atStart.ended).toBe(1)
    expect(atStart.output()).toContain("told to crash")
    const later = await start({ CRASH_AFTER_MS: "50" })
    expect(later.output()).toContain("listens")
    expect(await later.ended).toBe(1)
  })

  it("is never ready", async () => {
    const { url } = await start({ NEVER_READY: "1" })
    expect(await statusOf(`${url}/readyz`)).toBe(503)
    expect(await statusOf(`${url}/healthz`)).toBe(200)
  })
})

describe("the end of the demo app", () => {
  it("comes at once when nothing is going on", async () => {
    const { child, ended } = await start()
    child.kill("SIGTERM")
    expect(await ended).toBe(0)
  })

  it("waits for requests that have begun", async () => {
    const { url, child, ended } = await start({ DELAY_MS: "200" })
    const answer = fetch(url)
    // Heard of only once the one before is under way.
    await fetch(`${url}/healthz`)
    child.kill("SIGTERM")
    expect((await answer).status).toBe(200)
    expect(await ended).toBe(0)
  })

  it("is told to those who ask, while requests are still taken", async () => {
    const { url, child, ended } = await start({ DRAIN_MS: "300" })
    child.kill("SIGTERM")
    await expect.poll(() => statusOf(`${url}/readyz`), { interval: 5 }).toBe(503)
    const [status, connection] = await new Promise<unknown[]>((done) => {
      httpGet(url, (response) => done([response.statusCode, response.headers.connection]))
    })
    expect([status, connection]).toEqual([200, "close"])
    expect(await ended).toBe(0)
  })

  it("comes also while it is still starting", async () => {
    const started = start({ START_DELAY_MS: "60000" })
    await expect.poll(() => children.length).toBe(1)
    // It takes signals only once it runs.
    await expect
      .poll(() => (children[0]!.kill("SIGTERM"), children[0]!.exitCode ?? children[0]!.signalCode))
      .not.toBeNull()
    await started
  })
})
