import { invalid } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { type Address, parseAddress } from "../../schema/values/ip-address.ts"

/** What cannot be the address of something that traffic goes to. Loopback addresses can: pods of the sandbox live there. */
export function addressProblems(path: string, text: string): FieldProblem[] {
  const address = parseAddress(text)
  if (!address) return [invalid(path, text, "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)")]
  const isV4 = address.length === 4
  const problems: [isWrong: boolean, detail: string][] = [
    [address.every((byte) => byte === 0), `may not be unspecified (${text})`],
    [
      starts(address, isV4 ? [169, 254] : [0xfe, 0x80]),
      "may not be in the link-local range (169.254.0.0/16, fe80::/10)",
    ],
    [
      starts(address, isV4 ? [224, 0, 0] : [0xff, 2]),
      "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)",
    ],
  ]
  return problems.filter(([isWrong]) => isWrong).map(([, detail]) => invalid(path, text, detail))
}

const starts = (address: Address, first: readonly number[]): boolean =>
  first.every((byte, place) => address[place] === byte)
