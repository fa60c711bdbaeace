import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

/** Gates that say no until they are opened. */
export interface Gates {
  address(name: string): string
  open(name: string): void
  close(): void
}

export async function openGates(): Promise<Gates> {
  const open = new Set<string>()
  const server = createServer((request, response) => {
    request.resume()
    const isOpen = open.has((request.url ?? "/").slice(1))
    response
      .writeHead(isOpen ? 200 : 403, { "content-type": "text/plain" })
      .end(isOpen ? "approved" : "not approved yet")
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const { port } = server.address() as AddressInfo
  return {
    address: (name) => `http://127.0.0.1:${port}/${name}`,
    open: (name) => void open.add(name),
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}
