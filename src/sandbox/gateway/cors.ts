import type { HeaderList } from "./headers.ts"
import type { Cors } from "./objects.ts"

/** Who may read the answers in a browser, and how that is told. */
export interface CorsPolicy {
  /** The answer to a browser that asks before it sends the request itself. */
  preflight(asked: { origin: string; method: string; headers: string }): HeaderList
  /** What is told along with an ordinary answer. */
  granted(origin: string): HeaderList
}

/** What a pod says itself gives way where there is a policy. */
export const CORS_HEADERS = [
  "access-control-allow-origin",
  "access-control-allow-credentials",
  "access-control-expose-headers",
]

const DEFAULT_MAX_AGE_SECONDS = 5

export function corsPolicy(cors: Cors): CorsPolicy {
  const { allowOrigins = [], allowMethods = [], allowHeaders = [], exposeHeaders = [], allowCredentials = false } = cors
  const isAllowed = originTest(allowOrigins)
  const isForAll = allowOrigins.includes("*") && !allowCredentials

  function granted(origin: string): HeaderList {
    if (!isAllowed(origin)) return []
    return [
      ...(isForAll ? ["access-control-allow-origin", "*"] : ["access-control-allow-origin", origin, "vary", "Origin"]),
      ...(allowCredentials ? ["access-control-allow-credentials", "true"] : []),
      ...listed("access-control-expose-headers", exposeHeaders),
    ]
  }

  /** Browsers take a star literally where credentials are sent. */
  const listedOr = (name: string, list: string[], asked: string): HeaderList =>
    list.includes("*") && allowCredentials ? listed(name, asked ? [asked] : []) : listed(name, list)

  return {
    granted,
    preflight({ origin, method, headers }) {
      if (!isAllowed(origin)) return []
      return [
        ...granted(origin),
        ...listedOr("access-control-allow-methods", allowMethods, method),
        ...listedOr("access-control-allow-headers", allowHeaders, headers),
        "access-control-max-age",
        String(cors.maxAge ?? DEFAULT_MAX_AGE_SECONDS),
      ]
    },
  }
}

const listed = (name: string, values: string[]): HeaderList => (values.length > 0 ? [name, values.join(", ")] : [])

/** `https://*.example.com` is every host below it, `*` every origin; a star may also stand for a whole host. */
function originTest(allowed: string[]): (origin: string) => boolean {
  const exact = new Set(allowed.map((origin) => origin.toLowerCase()))
  if (exact.has("*")) return () => true
  const patterns = [...exact].filter((origin) => origin.includes("*")).map((origin) => origin.split("*"))
  return (asked) => {
    const origin = asked.toLowerCase()
    return (
      exact.has(origin) ||
      patterns.some(
        ([start = "", end = ""]) =>
          origin.length > start.length + end.length && origin.startsWith(start) && origin.endsWith(end),
      )
    )
  }
}
