import { redact } from "#core/text/redact.ts"
import { readAddress } from "#net/address.ts"

const SHOWN_LENGTH = 30

/** Enough of a webhook's address to recognise it by; what follows is as good as a password. */
export const shownAddress = (address: string): string => redact(address).slice(0, SHOWN_LENGTH)

/** What is wrong with the address, which `name` says of which product it is. */
export const addressProblem = (name: string, address: string): string | undefined =>
  "url" in readAddress(address) ? undefined : `invalid ${name} URL ${shownAddress(address)}`
