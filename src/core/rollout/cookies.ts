import { createHash } from "node:crypto"
import type { Canary, CanaryStatus } from "#api/canary.ts"

type CookieField = "sessionAffinityCookie" | "previousSessionAffinityCookie" | "primarySessionAffinityCookie"

/** Merged into the status; null takes a cookie away. */
export type SessionCookies = { [K in CookieField]?: CanaryStatus[K] | null }

const LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
const LENGTH = 10

/**
 * The session cookies that go with a canary weight. They follow from the run, so that doing a step again after a crash
 * hands out the same ones, and the next run has others.
 */
export function cookiesFor(canary: Canary, canaryWeight: number, routerWrites: { primary: boolean }): SessionCookies {
  const affinity = canary.spec.analysis.sessionAffinity
  if (!affinity) return {}
  const primary = routerWrites.primary ? primaryCookie(canary, canaryWeight, affinity.primaryCookieName) : {}
  const current = canary.status?.sessionAffinityCookie
  if (canaryWeight > 0) {
    return { sessionAffinityCookie: current || madeCookie(canary, affinity.cookieName), ...primary }
  }
  const moved = current ? { sessionAffinityCookie: null, previousSessionAffinityCookie: current } : {}
  return { ...moved, ...primary }
}

function primaryCookie(canary: Canary, canaryWeight: number, name: string | undefined): SessionCookies {
  const stored = canary.status?.primarySessionAffinityCookie
  if (name) {
    // A new one at each step lets everybody on the primary be drawn again at the new weight.
    if (canaryWeight > 0) return { primarySessionAffinityCookie: madeCookie(canary, name, canaryWeight) }
    return stored ? { primarySessionAffinityCookie: null } : {}
  }
  // Without a name nobody is sent this cookie; the original's users see one in the status all the same, and for good.
  return canaryWeight > 0 && !stored ? { primarySessionAffinityCookie: madeCookie(canary, "") } : {}
}

function madeCookie(canary: Canary, name: string, canaryWeight?: number): string {
  const { lastAppliedSpec = "", previousSessionAffinityCookie = "" } = canary.status ?? {}
  const run = [canary.metadata.uid ?? "", lastAppliedSpec, previousSessionAffinityCookie, name, canaryWeight ?? ""]
  const digest = createHash("sha256").update(run.join("\n")).digest()
  const letters = [...digest.subarray(0, LENGTH)].map((byte) => LETTERS[byte % LETTERS.length])
  return `${name}=${letters.join("")}`
}
