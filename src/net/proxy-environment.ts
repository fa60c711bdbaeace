import { BlockList, isIP } from "node:net"
import { proxyAddress } from "./proxy-address.ts"

export type Environment = Readonly<Record<string, string | undefined>>

const valueOf = (env: Environment, name: string): string => env[name] || env[name.toLowerCase()] || ""

/** Whether it is worth asking at all. */
export const namesProxy = (env: Environment): boolean =>
  valueOf(env, "HTTP_PROXY") !== "" || valueOf(env, "HTTPS_PROXY") !== ""

/** The environment's proxy for an address. As in Go, this machine itself is never asked for through a proxy. */
export function proxyFromEnvironment(env: Environment): (url: URL) => URL | undefined {
  const exceptions = valueOf(env, "NO_PROXY").split(",").map(exception)
  return (url) => {
    const proxy = valueOf(env, url.protocol === "https:" ? "HTTPS_PROXY" : "HTTP_PROXY")
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1")
    const port = url.port || (url.protocol === "https:" ? "443" : "80")
    if (!proxy || isThisMachine(host) || exceptions.some((excepts) => excepts(host, port))) return undefined
    return proxyAddress(proxy)
  }
}

type Exception = (host: string, port: string) => boolean

/** One entry of NO_PROXY: `*`, a name with its subdomains, subdomains only, an address or a network, each but the last with an optional port. */
function exception(entry: string): Exception {
  const text = entry.trim().toLowerCase()
  if (!text) return () => false
  if (text === "*") return () => true
  if (text.includes("/")) return network(text)
  const [, name = "", wantedPort] = isIP(text) ? ["", text] : (/^\[?(.*?)\]?(?::(\d+))?$/.exec(text) ?? [])
  const matches = isIP(name) ? (host: string) => host === name : domain(name)
  return (host, port) => (wantedPort === undefined || wantedPort === port) && matches(host)
}

function domain(name: string): (host: string) => boolean {
  const subdomains = name.replace(/^\*?\.?/, ".")
  const alone = name === subdomains.slice(1)
  return (host) => host.endsWith(subdomains) || (alone && host === name)
}

function network(text: string): Exception {
  const [address = "", bits = ""] = text.split("/")
  const family = familyOf(address)
  if (!family || !/^\d+$/.test(bits) || Number(bits) > (family === "ipv4" ? 32 : 128)) return () => false
  const block = new BlockList()
  block.addSubnet(address, Number(bits), family)
  return (host) => familyOf(host) !== undefined && block.check(host, familyOf(host))
}

const familyOf = (address: string): "ipv4" | "ipv6" | undefined =>
  ({ 4: "ipv4", 6: "ipv6" } as const)[isIP(address) as 4 | 6]

const isThisMachine = (host: string): boolean =>
  host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))
