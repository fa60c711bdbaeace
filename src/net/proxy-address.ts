import { redact } from "#core/text/redact.ts"
import { Refused } from "./cause.ts"
import { readAddress } from "./address.ts"

/** Reads the address of a proxy; `http://` is assumed. Throws what to tell the user. */
export function proxyAddress(text: string): URL {
  const full = text.includes("://") ? text : `http://${text}`
  // SOCKS proxies resolve names themselves, with either spelling.
  if (/^socks5h?:\/\/[^/]/.test(full) && URL.canParse(full)) return new URL(full.replace(/^socks5h/, "socks5"))
  const address = readAddress(full)
  if ("url" in address) return address.url
  const why = "unusable" in address ? address.unusable : address.unreadable
  throw new Refused(`unable to parse proxy URL '${redact(full)}', error: ${why}`)
}
