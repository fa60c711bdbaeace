import { createServer } from "node:net"
import type { AddressInfo } from "node:net"

/** Where the programs of one pod listen. */
export interface Place {
  ip: string
  /** From container port to real port, for those that differ. */
  ports: ReadonlyMap<number, number>
}

export interface Addresses {
  take(containerPorts: number[]): Promise<Place>
}

const TRIES = 3
const FIRST = 127 * 2 ** 24 + 64 * 2 ** 16
const ROOM = 2 ** 23

/**
 * Gives each pod a loopback address of its own where the system answers on all of 127.0.0.0/8, as Linux does; otherwise all
 * share 127.0.0.1 and each gets ports of its own. A port that is busy, or only for root, is replaced by a free one.
 */
export function createAddresses(isOurs: (ip: string) => Promise<boolean> = answersOn): Addresses {
  // Sandboxes that run at the same time start at different places.
  let last = Math.floor(Math.random() * ROOM)
  const given = new Set<number>()
  let hasOwn: Promise<boolean> | undefined

  function next(): string {
    last = (last + 1) % ROOM
    const number = FIRST + last
    const lowest = number % 256
    if (lowest === 0 || lowest === 255) return next()
    return [number >>> 24, (number >>> 16) % 256, (number >>> 8) % 256, lowest].join(".")
  }

  async function freePort(ip: string): Promise<number> {
    const port = await listen(ip, 0)
    if (port === undefined) throw new Error(`no free port on ${ip}`)
    // Until its program listens, nothing keeps the system from naming it again.
    if (given.has(port)) return freePort(ip)
    given.add(port)
    return port
  }

  async function replaced(ip: string, containerPorts: number[]): Promise<Place> {
    const ports = new Map<number, number>()
    for (const port of containerPorts) ports.set(port, await freePort(ip))
    return { ip, ports }
  }

  return {
    async take(containerPorts) {
      hasOwn ??= isOurs(next())
      if (!(await hasOwn)) return replaced("127.0.0.1", containerPorts)
      for (let tries = 1; ; tries++) {
        const ip = next()
        const free = await Promise.all(containerPorts.map((port) => listen(ip, port)))
        const busy = containerPorts.filter((_, index) => free[index] === undefined)
        if (busy.length === 0 || tries === TRIES) return replaced(ip, busy)
      }
    },
  }
}

const answersOn = async (ip: string): Promise<boolean> => (await listen(ip, 0)) !== undefined

/** The port that could be had, if any; it is free again. */
function listen(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(undefined))
    server.listen({ host, port, exclusive: true }, () => {
      const { port: had } = server.address() as AddressInfo
      server.close(() => resolve(had))
    })
  })
}
