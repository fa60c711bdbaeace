import { createServer, type Server } from "node:net"
import { expect, it, onTestFinished } from "vitest"
import { createAddresses } from "./addresses.ts"
import { portsAnnotation, realPort } from "./ports.ts"

const nowhereElse = () => Promise.resolve(false)

async function occupied(host: string): Promise<number> {
  const server: Server = createServer()
  onTestFinished(() => void server.close())
  await new Promise<void>((done) => server.listen(0, host, done))
  return (server.address() as { port: number }).port
}

it("gives every pod an address of its own, where it listens on the ports that it names", async () => {
  const addresses = createAddresses()
  const places = await Promise.all([1, 2, 3].map(() => addresses.take([8080, 9090])))
  expect(new Set(places.map(({ ip }) => ip)).size).toBe(3)
  for (const { ip, ports } of places) {
    expect(ip).toMatch(/^127\.(6[4-9]|[7-9]\d|1\d\d)\.\d+\.\d+$/)
    expect(ports.size).toBe(0)
  }
})

it("gives another port where somebody listens on that port of all addresses", async () => {
  const port = await occupied("0.0.0.0")
  const { ip, ports } = await createAddresses().take([port, 8080])
  expect(ip).not.toBe("127.0.0.1")
  expect([...ports.keys()]).toEqual([port])
  expect(ports.get(port)).not.toBe(port)
})

it("gives every pod ports of its own where there is one address only", async () => {
  const addresses = createAddresses(nowhereElse)
  const places = [await addresses.take([8080]), await addresses.take([8080])]
  expect(places.map(({ ip }) => ip)).toEqual(["127.0.0.1", "127.0.0.1"])
  const real = places.map(({ ports }) => ports.get(8080))
  expect(new Set(real).size).toBe(2)
})

it("tells the real port of a pod from its annotation", () => {
  const pod = (text: string) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", annotations: { [portsAnnotation]: text } },
  })
  expect(realPort(pod('{"8080":41234}'), 8080)).toBe(41234)
  expect(realPort(pod('{"8080":41234}'), 9090)).toBe(9090)
  expect(realPort(pod("nonsense"), 8080)).toBe(8080)
  expect(realPort({ apiVersion: "v1", kind: "Pod", metadata: { name: "web" } }, 8080)).toBe(8080)
})
