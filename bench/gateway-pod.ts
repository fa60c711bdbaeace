/** A pod for the gateway's bench: answers one kilobyte with its version. */
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const version = process.argv[2] ?? ""
const body = Buffer.alloc(1024, "x")
const headers = ["content-type", "text/plain", "content-length", String(body.length), "x-version", version]
const server = createServer({ keepAliveTimeout: 60_000 }, (_, response) => response.writeHead(200, headers).end(body))
server.listen(0, "127.0.0.1", () => process.send?.((server.address() as AddressInfo).port))
process.on("disconnect", () => process.exit())
