import { describe, expect, it, onTestFinished } from "vitest"
import type { Canary, Webhook } from "#api/canary.ts"
import { createHttp } from "#net/http.ts"
import { type LocalServer, localServer } from "#test/local-server.ts"
import { askHooks } from "./gates.ts"

const canary = {
  metadata: { name: "podinfo", namespace: "test", uid: "u-1" },
  status: { lastAppliedSpec: "4cb74184589" },
} as Canary

/** Answers with the status in the path. */
const statusServer = () =>
  localServer(({ url }, response) => response.writeHead(Number(url.slice(1, 4))).end(`said ${url.slice(1, 4)}`))

const hooks = (server: LocalServer, type: Webhook["type"], ...statuses: number[]): Webhook[] =>
  statuses.map((status, index) => ({ name: `h${index + 1}`, type, url: `${server.url}/${status}` }))

function ask(list: Webhook[]) {
  const http = createHttp({ env: {} })
  onTestFinished(() => http.close())
  const { signal } = new AbortController()
  return askHooks(list, { canary, phase: "Progressing", tick: "t/7", http, signal, sleep: async () => {} })
}

describe.each(["", "rollout", "confirm-promotion", "pre-rollout"] as const)("hooks of type %j", (type) => {
  it("all pass when all say yes", async () => {
    const server = await statusServer()
    expect(await ask(hooks(server, type, 200, 202))).toEqual({ passed: ["h1", "h2"] })
  })

  it("are asked in list order up to the first no", async () => {
    const server = await statusServer()
    expect(await ask(hooks(server, type, 200, 500, 200))).toEqual({
      passed: ["h1"],
      failed: {
        name: "h2",
        why: `POST ${server.url}/500 giving up after 1 attempt(s)`,
        detail: "500 Internal Server Error: said 500",
        muted: false,
      },
    })
    expect(server.received.map(({ url }) => url)).toEqual(["/200", "/500"])
  })
})

describe("rollback hooks", () => {
  it("are asked in list order up to the first yes", async () => {
    const server = await statusServer()
    expect(await ask(hooks(server, "rollback", 403, 200, 200))).toEqual({
      passed: ["h2"],
      declined: [{ name: "h1", why: "said 403" }],
    })
    expect(server.received).toHaveLength(2)
  })

  it("that all say no signal no rollback", async () => {
    const server = await statusServer()
    const { passed, failed, declined } = await ask(hooks(server, "rollback", 403, 404))
    expect([passed, failed, declined?.map(({ name }) => name)]).toEqual([[], undefined, ["h1", "h2"]])
  })
})

it("says of a closed gate that its alerts are not wanted", async () => {
  const server = await statusServer()
  const [gate] = hooks(server, "confirm-rollout", 403)
  expect((await ask([{ ...gate!, muteAlert: true }])).failed).toEqual({ name: "h1", why: "said 403", muted: true })
})

it("has nothing against it when there are no hooks", async () => {
  expect(await ask([])).toEqual({ passed: [] })
})

it("sends the payload for the phase asked about, and a key that is good for a header", async () => {
  const server = await statusServer()
  const [gate] = hooks(server, "rollout", 200)
  await ask([{ ...gate!, name: "Prüfung 1/2", metadata: { type: "cmd" } }])
  expect(JSON.parse(server.received[0]!.body)).toEqual({
    name: "podinfo",
    namespace: "test",
    phase: "Progressing",
    checksum: "7c9d467496",
    metadata: { type: "cmd" },
  })
  expect(server.received[0]!.headers["idempotency-key"]).toBe("u-1/7c9d467496/Pr%C3%BCfung%201%2F2/t%2F7")
})
