import { portIn, hostIn } from "./hostnames.ts"
import type { PathModifier, RequestRedirect } from "./objects.ts"

/** The path after a filter has changed it; `prefix` is the one that was matched. */
export function modifiedPath(modifier: PathModifier | undefined, path: string, prefix: string): string {
  if (!modifier) return path
  const { type, replaceFullPath = "", replacePrefixMatch = "" } = modifier
  if (type === "ReplaceFullPath") return replaceFullPath || "/"
  const rest = path.slice(prefix.length)
  const start = replacePrefixMatch.endsWith("/") ? replacePrefixMatch.slice(0, -1) : replacePrefixMatch
  const joined = rest === "" || rest.startsWith("/") ? start + rest : `${start}/${rest}`
  return joined.startsWith("/") ? joined : `/${joined}`
}

interface Redirected {
  /** As the client wrote it. */
  host: string
  path: string
  search: string
  prefix: string
}

const USUAL_PORTS: Readonly<Record<string, number>> = { http: 80, https: 443 }

/** Where a redirect leads. Without another scheme or port the client's own port stays, since listeners share one. */
export function location(redirect: RequestRedirect, { host, path, search, prefix }: Redirected): string {
  const scheme = redirect.scheme ?? "http"
  const port = redirect.port ?? (redirect.scheme ? USUAL_PORTS[scheme] : portIn(host))
  const shownPort = port === undefined || port === USUAL_PORTS[scheme] ? "" : `:${port}`
  const name = redirect.hostname ?? hostIn(host)
  return `${scheme}://${name}${shownPort}${modifiedPath(redirect.path, path, prefix)}${search}`
}
