import { createServer, type IncomingMessage } from "node:http"
import { type AddressInfo, connect } from "node:net"
import { setTimeout as pause } from "node:timers/promises"
import { expect, it, onTestFinished } from "vitest"
import { requestBody } from "./request-body.ts"

const SENT = 20_000_000

/** A client in the middle of sending a large body. */
async function uploading() {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  const socket = connect((server.address() as AddressInfo).port, "127.0.0.1")
  socket.on("error", () => {})
  onTestFinished(() => {
    socket.destroy()
    server.close()
    server.closeAllConnections()
  })
  const arrived = new Promise<IncomingMessage>((resolve) => server.once("request", resolve))
  socket.write(`POST / HTTP/1.1\r\nhost: a\r\ncontent-length: ${SENT}\r\n\r\n`)
  socket.write(Buffer.alloc(SENT))
  return { incoming: await arrived, socket }
}

it("waits for a pod that takes its time", async () => {
  const { incoming } = await uploading()
  const { stream } = requestBody(incoming)
  stream.read(0)
  await expect.poll(() => stream.readableLength).toBeGreaterThan(0)
  await pause(50)
  expect(stream.readableLength).toBeLessThan(1_000_000)
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) length += chunk.length
  expect(length).toBe(SENT)
})

it("gives a copy up that lags behind, and goes on", async () => {
  const { incoming } = await uploading()
  const { stream, copy } = requestBody(incoming)
  const [slow, quick] = [copy(), copy()]
  let copied = 0
  quick.on("data", (chunk: Buffer) => (copied += chunk.length))
  let length = 0
  for await (const chunk of stream as AsyncIterable<Buffer>) length += chunk.length
  expect(length).toBe(SENT)
  expect(slow.destroyed).toBe(true)
  await expect.poll(() => copied).toBe(SENT)
})

it("ends with an error, for the copies too, when the client goes away", async () => {
  const { incoming, socket } = await uploading()
  const { stream, copy } = requestBody(incoming)
  const mirrored = copy()
  stream.once("data", () => socket.destroy())
  await expect(stream.toArray()).rejects.toThrow("the client went away")
  expect(mirrored.destroyed).toBe(true)
})
