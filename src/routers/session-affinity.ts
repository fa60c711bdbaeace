import type { Canary, SessionAffinity } from "#api/canary.ts"
import { parseDurationMs } from "#api/duration.ts"
import { type Routes, RouteRefused } from "./contract.ts"

const DEFAULT_MAX_AGE_SECONDS = 86_400
const EXPIRED = -1

/** What session affinity adds to a weighted rule. Cookies are regular expressions for the Cookie header. */
export interface Stickiness {
  /** Requests with such a cookie stay with the version they met, whatever the weights say. */
  pins: { cookie: string; primary: number; canary: number }[]
  /** The cookie of the last run, and the Set-Cookie value that takes it away. */
  leftover?: { cookie: string; setCookie: string }
  /** Set-Cookie values sent along with a version's responses. */
  given: { primary?: string; canary?: string }
}

export function stickiness(canary: Canary, routes: Routes, can: { primary: boolean }): Stickiness {
  const affinity = canary.spec.analysis.sessionAffinity
  if (!affinity) return { pins: [], given: {} }
  return routes.canary > 0 ? duringRun(canary, affinity, can) : afterRun(canary, affinity)
}

function duringRun(canary: Canary, affinity: SessionAffinity, can: { primary: boolean }): Stickiness {
  const cookie = canary.status?.sessionAffinityCookie
  const primaryCookie = can.primary ? storedPrimaryCookie(canary, affinity) : undefined
  return {
    pins: [
      ...(cookie ? [{ cookie: cookieRegex(cookie), primary: 0, canary: 100 }] : []),
      ...(primaryCookie ? [{ cookie: cookieRegex(primaryCookie), primary: 100, canary: 0 }] : []),
    ],
    given: {
      ...(cookie ? { canary: setCookie(cookie, affinity.maxAge || DEFAULT_MAX_AGE_SECONDS, affinity) } : {}),
      ...(primaryCookie ? { primary: setCookie(primaryCookie, intervalSeconds(canary), affinity) } : {}),
    },
  }
}

function afterRun(canary: Canary, affinity: SessionAffinity): Stickiness {
  const previous = canary.status?.previousSessionAffinityCookie
  if (!previous) return { pins: [], given: {} }
  const leftover = { cookie: cookieRegex(previous), setCookie: setCookie(previous, EXPIRED, affinity) }
  return { pins: [], leftover, given: {} }
}

/** A stored cookie of another name is of no use: it was made while none, or another one, was configured. */
function storedPrimaryCookie(canary: Canary, { primaryCookieName }: SessionAffinity): string | undefined {
  const stored = canary.status?.primarySessionAffinityCookie
  return primaryCookieName && stored?.startsWith(`${primaryCookieName}=`) ? stored : undefined
}

/** Users on the primary are asked again after each step. */
function intervalSeconds(canary: Canary): number {
  const { interval = "" } = canary.spec.analysis
  const ms = parseDurationMs(interval)
  if (ms === undefined) {
    throw new RouteRefused(
      `spec.analysis.interval "${interval}" is not a duration; it is how long the cookie of the primary lasts`,
    )
  }
  return Math.trunc(ms / 1000)
}

/** Not anchored: existing objects are compared with this text. */
function cookieRegex(cookie: string): string {
  const split = cookie.indexOf("=")
  return `.*${escaped(cookie.slice(0, split))}.*${escaped(cookie.slice(split + 1))}.*`
}

const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&")

/** Browsers only take a cookie away when it is named with the attributes it was set with. */
function setCookie(cookie: string, maxAgeSeconds: number, affinity: SessionAffinity): string {
  const attributes = [
    `Max-Age=${maxAgeSeconds}`,
    affinity.domain && `Domain=${affinity.domain}`,
    affinity.httpOnly && "HttpOnly",
    affinity.partitioned && "Partitioned",
    affinity.path && `Path=${affinity.path}`,
    affinity.sameSite && `SameSite=${affinity.sameSite}`,
    affinity.secure && "Secure",
  ]
  return [cookie, ...attributes.filter(Boolean)].join("; ")
}
