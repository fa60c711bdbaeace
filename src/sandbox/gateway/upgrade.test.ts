import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { expect, it } from "vitest"
import { route, to } from "./objects.test-support.ts"
import { closedPort, serving, startPod, startTestGateway } from "./running.test-support.ts"

const toShop = route({ rules: [to("shop")] })
const hello = (upgrade = "websocket") =>
  `GET /chat?x=1 HTTP/1.1\r\nhost: shop\r\nconnection: Upgrade\r\nupgrade: ${upgrade}\r\nsec-websocket-key: abc\r\n\r\n`

async function readUntil(socket: Socket, end: string): Promise<string> {
  let text = ""
  while (!text.includes(end)) text += String((await once(socket, "data"))[0])
  return text
}

/** A pod that agrees and then says everything again. */
async function echoPod() {
  const pod = await startPod("echo")
  pod.server.on("upgrade", (incoming, socket: Socket, first) => {
    pod.seen.push({
      method: incoming.method ?? "",
      url: incoming.url ?? "",
      headers: incoming.headers,
      raw: [],
      body: "",
    })
    socket.on("error", () => {})
    socket.write("HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n\r\n")
    socket.write(first)
    socket.pipe(socket)
  })
  return pod
}

it("lets bytes flow to and fro once the pod agrees", async () => {
  const pod = await echoPod()
  const gone = { pod: "gone", port: await closedPort() }
  const { gateway, served } = await startTestGateway(toShop, ...serving("shop", gone, pod.place))
  const socket = connect(gateway.port, "127.0.0.1")
  socket.write(`${hello()}early`)
  expect(await readUntil(socket, "early")).toMatch(/^HTTP\/1\.1 101 Switching Protocols\r\n[^]*\r\n\r\nearly$/)
  socket.write("ping")
  expect(await readUntil(socket, "ping")).toBe("ping")
  expect(pod.seen[0]).toMatchObject({
    url: "/chat?x=1",
    headers: { host: "shop", upgrade: "websocket", "sec-websocket-key": "abc", "x-forwarded-for": "127.0.0.1" },
  })
  expect(served).toMatchObject([{ status: 101, pod: "echo", route: "demo/shop" }])
  await gateway.close()
  await once(socket, "close")
})

it("ends both sides when one ends", async () => {
  const pod = await echoPod()
  const { gateway } = await startTestGateway(toShop, ...serving("shop", pod.place))
  const socket = connect(gateway.port, "127.0.0.1")
  socket.write(hello())
  await readUntil(socket, "\r\n\r\n")
  socket.destroy()
  await expect.poll(() => new Promise((resolve) => pod.server.getConnections((_, count) => resolve(count)))).toBe(0)
})

it("passes on a pod's refusal, and takes no further request over that connection", async () => {
  const pod = await startPod("a", (_, response) => response.writeHead(403).end("no"))
  const { gateway, ask } = await startTestGateway(toShop, ...serving("shop", pod.place))
  const socket = connect(gateway.port, "127.0.0.1")
  socket.write(hello())
  const text = await readUntil(socket, "no")
  expect(text).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n/)
  expect(text.match(/connection: .*/gi)).toEqual(["connection: close"])
  await new Promise<unknown>((resolve) => socket.write("GET /second HTTP/1.1\r\nhost: shop\r\n\r\n", resolve))
  await ask("/third")
  expect(pod.seen.map(({ url }) => url)).toEqual(["/chat?x=1", "/third"])
  socket.destroy()
})

it.each([
  [503, "no pod of Service demo/shop takes the request", serving("shop")],
  [500, "Service demo/shop does not exist", []],
])("says %i when there is nobody to ask: %s", async (status, text, objects) => {
  const { gateway } = await startTestGateway(toShop, ...objects)
  const socket = connect(gateway.port, "127.0.0.1")
  socket.write(hello())
  const answer = (await socket.toArray()).join("")
  expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
  expect(answer).toMatch(new RegExp(`\r\n\r\n${text}\n$`))
})

it("answers a request as it is where only a newer HTTP is offered", async () => {
  const pod = await startPod("a")
  const { gateway } = await startTestGateway(toShop, ...serving("shop", pod.place))
  const socket = connect(gateway.port, "127.0.0.1")
  socket.write(hello("h2c"))
  expect((await socket.toArray()).join("")).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*connection: close[^]*\r\n\r\n(1\r\n)?a/i)
  expect(pod.seen[0]?.headers).not.toHaveProperty("upgrade")
})
