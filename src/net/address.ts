import { unescape } from "node:querystring"
import { goQuote } from "#core/text/go-quote.ts"
import { redact } from "#core/text/redact.ts"

/** An address that can be called, or why not: Go refuses some texts when it reads them and others when it sends. */
export type Address = { url: URL } | { unreadable: string } | { unusable: string }

export function readAddress(text: string): Address {
  const why = whyUnreadable(text)
  if (why) return { unreadable: `parse ${goQuote(redact(text))}: ${why}` }
  const scheme = schemeOf(text).toLowerCase()
  if (scheme !== "http" && scheme !== "https") return { unusable: `unsupported protocol scheme "${scheme}"` }
  if (!authorityOf(text).host) return { unusable: "http: no Host in request URL" }
  return { url: new URL(text) }
}

/** The Basic credentials that an address carries. */
export function basicCredentials({ username, password }: URL): string | undefined {
  if (!username && !password) return undefined
  return `Basic ${Buffer.from(`${unescape(username)}:${unescape(password)}`).toString("base64")}`
}

const schemeOf = (text: string): string => /^([a-z][a-z0-9+.-]*):/i.exec(text)?.[1] ?? ""

function authorityOf(text: string): { userinfo: string; host: string } {
  const [, userinfo = "", host = ""] = /^[^:/?#]*:\/\/(?:([^/?#]*)@)?([^/?#]*)/.exec(text) ?? []
  return { userinfo, host }
}

function whyUnreadable(text: string): string | undefined {
  // oxlint-disable-next-line no-control-regex -- these are what is looked for
  if (/[\u0000-\u001f\u007f]/.test(text)) return "net/url: invalid control character in URL"
  if (text.startsWith(":")) return "missing protocol scheme"
  if (!schemeOf(text) && /^[^/?#]*:/.test(text)) return "first path segment in URL cannot contain colon"
  const escape = /%(?![0-9a-f]{2}).{0,2}/i.exec(text.replace(/\?.*/, ""))
  if (escape) return `invalid URL escape ${goQuote(escape[0])}`
  const { userinfo, host } = authorityOf(text)
  if (/[^\w.~!$&'()*+,;=:%-]/.test(userinfo)) return "net/url: invalid userinfo"
  return host ? whyNoHost(host) : undefined
}

function whyNoHost(host: string): string | undefined {
  if (host.startsWith("[") && !host.includes("]")) return "missing ']' in host"
  const port = /:.*$/.exec(host.replace(/^\[.*\]/, ""))?.[0] ?? ""
  if (!/^(:\d*)?$/.test(port)) return `invalid port ${goQuote(port)} after host`
  const letter = /[\s"<>\\^`{|}]/.exec(host)
  if (letter) return `invalid character ${goQuote(letter[0])} in host name`
  return URL.canParse(`http://${host}/`) ? undefined : "invalid host"
}
