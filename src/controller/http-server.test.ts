import { request } from "node:http"
import { type AddressInfo, createServer, connect } from "node:net"
import { afterEach, describe, expect, it } from "vitest"
import { type HttpServer, startHttpServer } from "./http-server.ts"

let server: HttpServer | undefined
afterEach(() => server?.close())

const metrics = { text: () => Promise.resolve("up 1\n"), contentType: "text/plain; version=0.0.4" }
async function start(over: Partial<Parameters<typeof startHttpServer>[0]> = {}) {
  server = await startHttpServer({ port: 0, host: "127.0.0.1", metrics, notReady: () => undefined, ...over })
  return (path: string, method = "GET") =>
    new Promise<{ status: number; type?: string; body: string }>((resolve, reject) => {
      request({ host: "127.0.0.1", port: server!.port, path, method, agent: false }, (response) => {
        let body = ""
        response.on("data", (chunk) => (body += chunk))
        response.on("end", () =>
          resolve({ status: response.statusCode!, type: response.headers["content-type"], body }),
        )
      })
        .on("error", reject)
        .end()
    })
}

describe("the operator's HTTP server", () => {
  it("says OK to health checks, those with HEAD too, whatever else is wrong", async () => {
    const get = await start({ notReady: () => "no caches" })
    expect(await get("/healthz")).toMatchObject({ status: 200, body: "OK" })
    expect(await get("/healthz?verbose", "HEAD")).toMatchObject({ status: 200, body: "" })
  })

  it("is ready only when there is no reason not to be", async () => {
    let why: string | undefined = "waiting for the caches: Canary"
    const get = await start({ notReady: () => why })
    expect(await get("/readyz")).toMatchObject({ status: 503, body: "waiting for the caches: Canary" })
    why = undefined
    expect(await get("/readyz")).toMatchObject({ status: 200, body: "OK" })
  })

  it("serves metrics as Prometheus expects them", async () => {
    const get = await start()
    expect(await get("/metrics")).toEqual({ status: 200, type: "text/plain; version=0.0.4", body: "up 1\n" })
  })

  it("answers 500 when metrics cannot be collected, and goes on", async () => {
    const get = await start({ metrics: { ...metrics, text: () => Promise.reject(new Error("bad gauge")) } })
    expect(await get("/metrics")).toMatchObject({ status: 500, body: "Error: bad gauge" })
    expect((await get("/healthz")).status).toBe(200)
  })

  it("knows no other path", async () => {
    const get = await start()
    expect((await get("/debug")).status).toBe(404)
  })

  it("says what to do when the port is taken", async () => {
    const other = createServer().listen(0, "127.0.0.1")
    await new Promise((resolve) => other.once("listening", resolve))
    const { port } = other.address() as AddressInfo
    await expect(start({ port })).rejects.toThrow(
      `port ${port} is in use: stop the other program or choose another -port`,
    )
    other.close()
  })

  it("closes without waiting for connections that are kept open and idle", async () => {
    await start()
    const idle = connect(server!.port, "127.0.0.1")
    await new Promise((resolve) => idle.once("connect", resolve))
    idle.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
    await new Promise((resolve) => idle.once("data", resolve))
    const begun = performance.now()
    await server!.close()
    expect(performance.now() - begun).toBeLessThan(1000)
    idle.destroy()
  })
})
