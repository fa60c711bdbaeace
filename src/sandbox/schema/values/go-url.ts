import { goQuote } from "#core/text/go-quote.ts"

export interface GoUrl {
  scheme: string
  /** With the port, brackets and all. */
  host: string
  path: string
  query: string
}

/** Reads an absolute URL or an absolute path as Go's `url.ParseRequestURI` does, with its words when it refuses. */
export function parseGoUrl(text: string): GoUrl {
  const refuse = (why: string): never => {
    throw new Error(`parse ${goQuote(text)}: ${why}`)
  }
  // oxlint-disable-next-line no-control-regex -- that is what must not be there
  if (/[\0-\x1f\x7f]/.test(text)) refuse("net/url: invalid control character in URL")
  if (text === "") refuse("empty url")
  if (text === "*") return { scheme: "", host: "", path: "*", query: "" }
  if (text.startsWith(":")) refuse("missing protocol scheme")
  const scheme = /^[a-zA-Z][a-zA-Z0-9+.-]*(?=:)/.exec(text)?.[0] ?? ""
  const rest = scheme ? text.slice(scheme.length + 1) : text
  const [beforeQuery, ...queries] = rest.split("?") as [string, ...string[]]
  const query = queries.join("?")
  if (!rest.startsWith("/")) {
    // Such as mailto:somebody.
    if (scheme) return { scheme: scheme.toLowerCase(), host: "", path: "", query }
    refuse("invalid URI for request")
  }
  const hasHost = (scheme !== "" || !rest.startsWith("///")) && rest.startsWith("//") && scheme !== ""
  const slash = hasHost ? beforeQuery.indexOf("/", 2) : 0
  const authority = hasHost ? beforeQuery.slice(2, slash < 0 ? undefined : slash) : ""
  const path = slash < 0 ? "" : beforeQuery.slice(slash)
  const at = authority.lastIndexOf("@")
  if (at >= 0 && !/^[\w.:~!$&'()*+,;=%@-]*$/.test(authority.slice(0, at))) refuse("net/url: invalid userinfo")
  const host = authority.slice(at + 1)
  const wrong = wrongHost(host) ?? wrongEscape(path)
  if (wrong) refuse(wrong)
  return { scheme: scheme.toLowerCase(), host, path, query }
}

export function isGoUrl(text: string): boolean {
  try {
    parseGoUrl(text)
    return true
  } catch {
    return false
  }
}

/** The host without port and brackets. */
export const hostnameOf = (host: string): string => host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")

export const portOf = (host: string): string => /:(\d*)$/.exec(host)?.[1] ?? ""

function wrongHost(host: string): string | undefined {
  const bracket = host.lastIndexOf("]")
  if (host.startsWith("[") && bracket < 0) return "missing ']' in host"
  const port = host.startsWith("[")
    ? host.slice(bracket + 1)
    : (/:.*$/.exec(host.slice(host.lastIndexOf(":")))?.[0] ?? "")
  if (port && !/^:\d*$/.test(port)) return `invalid port ${goQuote(port)} after host`
  const odd = /[\s"<>\\^`{|}]/.exec(host)
  if (odd) return `invalid character ${goQuote(odd[0])} in host name`
  return wrongEscape(host)
}

function wrongEscape(text: string): string | undefined {
  const found = /%(?![0-9a-fA-F]{2}).{0,2}/u.exec(text)
  return found ? `invalid URL escape ${goQuote(found[0])}` : undefined
}
