import { isIPv6 } from "node:net"

/** An address as its bytes: 4 or 16. */
export type Address = readonly number[]

export interface Network {
  address: Address
  bits: number
}

/** Undefined for anything else, also for addresses with a zone. */
export const parseAddress = (text: string): Address | undefined => parseV4(text, false) ?? parseV6(text)

/** As `parseAddress`, but numbers may have leading zeros. */
export const parseSloppyAddress = (text: string): Address | undefined => parseV4(text, true) ?? parseV6(text)

export function parseNetwork(text: string, sloppy = false): Network | undefined {
  const slash = text.lastIndexOf("/")
  if (slash < 0) return undefined
  const address = (sloppy ? parseSloppyAddress : parseAddress)(text.slice(0, slash))
  const bits = text.slice(slash + 1)
  const isNumber = sloppy ? /^\d{1,3}$/.test(bits) : /^(0|[1-9]\d{0,2})$/.test(bits)
  if (!address || !isNumber || Number(bits) > address.length * 8) return undefined
  return { address, bits: Number(bits) }
}

/** An IPv4 address in the clothes of an IPv6 address. */
export const isMapped = (address: Address): boolean =>
  address.length === 16 &&
  address.slice(0, 10).every((byte) => byte === 0) &&
  address[10] === 255 &&
  address[11] === 255

/** The first address of the network. */
export const masked = ({ address, bits }: Network): Address =>
  address.map((byte, index) => byte & (0xff00 >> Math.min(8, Math.max(0, bits - index * 8))) & 0xff)

export function contains(network: Network, address: Address): boolean {
  if (address.length !== network.address.length) return false
  const first = masked(network)
  return masked({ address, bits: network.bits }).every((byte, index) => byte === first[index])
}

/** The one way to write an address: lower case, with the longest run of zeros left out. */
export function addressText(address: Address): string {
  if (address.length === 4) return address.join(".")
  const groups = Array.from({ length: 8 }, (_, index) => (address[2 * index]! << 8) | address[2 * index + 1]!)
  const { start, length } = longestZeros(groups)
  const hex = groups.map((group) => group.toString(16))
  if (length < 2) return hex.join(":")
  return `${hex.slice(0, start).join(":")}::${hex.slice(start + length).join(":")}`
}

function longestZeros(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
  }
  return best
}

function parseV4(text: string, sloppy: boolean): Address | undefined {
  const parts = text.split(".")
  const part = sloppy ? /^\d{1,}$/ : /^(0|[1-9]\d{0,2})$/
  if (parts.length !== 4 || !parts.every((digits) => part.test(digits) && Number(digits) < 256)) return undefined
  return parts.map(Number)
}

function parseV6(text: string): Address | undefined {
  if (!isIPv6(text) || text.includes("%")) return undefined
  const [head = "", tail] = withHexEnd(text).split("::")
  const before = groupsOf(head)
  const after = groupsOf(tail ?? "")
  const zeros = tail === undefined ? [] : Array.from({ length: 8 - before.length - after.length }, () => 0)
  return [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff])
}

const groupsOf = (text: string): number[] =>
  text === "" ? [] : text.split(":").map((group) => Number.parseInt(group, 16))

/** The last four bytes may be written as an IPv4 address. */
function withHexEnd(text: string): string {
  const end = text.slice(text.lastIndexOf(":") + 1)
  const bytes = parseV4(end, false)
  if (!bytes) return text
  const [a, b, c, d] = bytes as [number, number, number, number]
  return `${text.slice(0, -end.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}
