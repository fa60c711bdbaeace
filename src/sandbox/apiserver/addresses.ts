import type { Place } from "./resource.ts"
import type { Store } from "./store.ts"

const FIRST_NODE_PORT = 30_000
const NODE_PORTS = 2768

/** Addresses and ports that no Service has. */
export function createAddresses(store: Store): Pick<Place, "clusterAddress" | "nodePort" | "isTaken"> {
  const services = () => store.list("services").map(({ spec }) => spec)
  let lastAddress = 1
  let lastPort = 0

  const addresses = () => new Set(services().flatMap(({ clusterIPs = [], clusterIP }) => [...clusterIPs, clusterIP]))
  const ports = () =>
    new Set(services().flatMap(({ ports = [] }) => ports.map(({ nodePort }: { nodePort?: number }) => nodePort)))

  return {
    clusterAddress() {
      const taken = addresses()
      let address: string
      do {
        lastAddress = (lastAddress + 1) % 65_536
        address = `10.96.${lastAddress >> 8}.${lastAddress & 255}`
      } while (taken.has(address) || lastAddress < 2)
      return address
    },
    nodePort() {
      const taken = ports()
      let port: number
      do port = FIRST_NODE_PORT + (lastPort++ % NODE_PORTS)
      while (taken.has(port))
      return port
    },
    isTaken: (what) => (typeof what === "number" ? ports() : addresses()).has(what),
  }
}
