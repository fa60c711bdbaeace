import { type CelFunc, CelScalar, type CelValue, celFunc, celMethod } from "@bufbuild/cel"
import { goQuote } from "#core/text/go-quote.ts"
import {
  type Address,
  addressText,
  contains,
  isMapped,
  masked,
  type Network,
  parseAddress,
  parseNetwork,
} from "../../values/ip-address.ts"
import { isOpaque, opaque, opaqueType, textOf } from "../opaque.ts"

const { BOOL, INT, STRING } = CelScalar

function addressFrom(text: string): Address {
  const address = parseAddress(text)
  if (!address) {
    throw new Error(
      `IP Address ${goQuote(text)} parse error during conversion from string: ParseAddr(${goQuote(text)}): unable to parse IP`,
    )
  }
  if (isMapped(address)) throw new Error(`IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  return address
}

function networkFrom(text: string): Network {
  const network = parseNetwork(text)
  const failed = "network address parse error during conversion from string: "
  if (!network) throw new Error(`${failed}${failed}netip.ParsePrefix(${goQuote(text)}): no '/'`)
  if (isMapped(network.address)) throw new Error(`${failed}IPv4-mapped IPv6 address ${goQuote(text)} is not allowed`)
  return network
}

const ip = (address: Address) => opaque("ip", addressText(address))
const cidr = ({ address, bits }: Network) => opaque("cidr", `${addressText(address)}/${bits}`)
const addressOf = (value: CelValue): Address => addressFrom(textOf("ip", value))
const networkOf = (value: CelValue): Network => networkFrom(textOf("cidr", value))

const is = (check: (text: string) => unknown) => (text: string) => {
  try {
    check(text)
    return true
  } catch {
    return false
  }
}

const starts = (address: Address, ...bytes: number[]): boolean => bytes.every((byte, index) => address[index] === byte)
const isV4 = (address: Address): boolean => address.length === 4
const isZero = (address: Address): boolean => address.every((byte) => byte === 0)
const isLoopback = (address: Address): boolean =>
  isV4(address) ? starts(address, 127) : address[15] === 1 && isZero(address.slice(0, 15))
const isMulticast = (address: Address): boolean =>
  isV4(address) ? (address[0]! & 0xf0) === 0xe0 : starts(address, 0xff)
const isLinkLocalMulticast = (address: Address): boolean =>
  isV4(address) ? starts(address, 224, 0, 0) : starts(address, 0xff) && (address[1]! & 0x0f) === 2
const isLinkLocalUnicast = (address: Address): boolean =>
  isV4(address) ? starts(address, 169, 254) : starts(address, 0xfe) && (address[1]! & 0xc0) === 0x80
const isBroadcast = (address: Address): boolean => isV4(address) && address.every((byte) => byte === 255)
const isGlobalUnicast = (address: Address): boolean =>
  ![isZero, isLoopback, isMulticast, isLinkLocalUnicast, isBroadcast].some((isSuch) => isSuch(address))

const asked = (name: string, answer: (address: Address) => boolean) =>
  celMethod(name, opaqueType, [], BOOL, function () {
    return answer(addressOf(this))
  })

export const network: CelFunc[] = [
  celFunc("ip", [STRING], opaqueType, (text) => ip(addressFrom(text))),
  celFunc("isIP", [STRING], BOOL, is(addressFrom)),
  celFunc("ip.isCanonical", [STRING], BOOL, (text) => addressText(addressFrom(text)) === text),
  celMethod("family", opaqueType, [], INT, function () {
    return isV4(addressOf(this)) ? 4n : 6n
  }),
  asked("isUnspecified", isZero),
  asked("isLoopback", isLoopback),
  asked("isLinkLocalMulticast", isLinkLocalMulticast),
  asked("isLinkLocalUnicast", isLinkLocalUnicast),
  asked("isGlobalUnicast", isGlobalUnicast),
  celFunc("cidr", [STRING], opaqueType, (text) => cidr(networkFrom(text))),
  celFunc("isCIDR", [STRING], BOOL, is(networkFrom)),
  celMethod("containsIP", opaqueType, [STRING], BOOL, function (text) {
    return contains(networkOf(this), addressFrom(text))
  }),
  celMethod("containsIP", opaqueType, [opaqueType], BOOL, function (other) {
    return contains(networkOf(this), addressOf(other))
  }),
  celMethod("containsCIDR", opaqueType, [STRING], BOOL, function (text) {
    return covers(networkOf(this), networkFrom(text))
  }),
  celMethod("containsCIDR", opaqueType, [opaqueType], BOOL, function (other) {
    return covers(networkOf(this), networkOf(other))
  }),
  celMethod("ip", opaqueType, [], opaqueType, function () {
    return ip(networkOf(this).address)
  }),
  celMethod("prefixLength", opaqueType, [], INT, function () {
    return BigInt(networkOf(this).bits)
  }),
  celMethod("masked", opaqueType, [], opaqueType, function () {
    const found = networkOf(this)
    return cidr({ ...found, address: masked(found) })
  }),
  celFunc("string", [opaqueType], STRING, (value) => textOf(isOpaque("ip", value) ? "ip" : "cidr", value)),
]

function covers(network: Network, other: Network): boolean {
  return network.bits <= other.bits && contains(network, other.address)
}
