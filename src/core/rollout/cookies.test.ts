import { describe, expect, it } from "vitest"
import type { Canary, CanaryStatus, SessionAffinity } from "#api/canary.ts"
import { cookiesFor, type SessionCookies } from "./cookies.ts"

const letters = /^[a-zA-Z]{10}$/
const both = { primary: true }

function canary(status: CanaryStatus, affinity: Partial<SessionAffinity> = {}): Canary {
  return {
    apiVersion: "flagger.app/v1beta1",
    kind: "Canary",
    metadata: { name: "podinfo", namespace: "test", uid: "1" },
    spec: {
      targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" },
      analysis: { sessionAffinity: { cookieName: "fc", ...affinity } },
    },
    status: { lastAppliedSpec: "abc", ...status },
  }
}
const named = { primaryCookieName: "pc" }
const valueOf = (cookie: SessionCookies[keyof SessionCookies]) => cookie?.split("=")[1]

describe("the cookie of the canary", () => {
  it("is made when the first users are sent to the canary", () => {
    const cookie = cookiesFor(canary({}), 10, both).sessionAffinityCookie
    expect(cookie).toMatch(/^fc=/)
    expect(valueOf(cookie)).toMatch(letters)
  })

  it("is the same when the step is done again [fix 37]", () => {
    expect(cookiesFor(canary({}), 10, both)).toEqual(cookiesFor(canary({}), 10, both))
  })

  it("stays for all steps of a run", () => {
    expect(cookiesFor(canary({ sessionAffinityCookie: "fc=old" }), 20, both).sessionAffinityCookie).toBe("fc=old")
  })

  it.each([
    ["revision", canary({ lastAppliedSpec: "def" })],
    ["run of the same revision", canary({ previousSessionAffinityCookie: "fc=old" })],
    ["canary", { ...canary({}), metadata: { name: "podinfo", namespace: "test", uid: "2" } }],
  ])("differs for another %s", (_, other) => {
    const first = cookiesFor(canary({}), 10, both)
    expect(cookiesFor(other, 10, both).sessionAffinityCookie).not.toBe(first.sessionAffinityCookie)
  })

  it("is kept as the previous one when all traffic goes back to the primary", () => {
    const status = { sessionAffinityCookie: "fc=new", previousSessionAffinityCookie: "fc=old" }
    expect(cookiesFor(canary(status), 0, { primary: false })).toEqual({
      sessionAffinityCookie: null,
      previousSessionAffinityCookie: "fc=new",
    })
  })

  it("leaves the previous one alone when there is none to keep", () => {
    expect(cookiesFor(canary({ previousSessionAffinityCookie: "fc=old" }), 0, both)).toEqual({})
  })

  it("is not made without session affinity", () => {
    const plain = canary({})
    expect(cookiesFor({ ...plain, spec: { ...plain.spec, analysis: {} } }, 10, both)).toEqual({})
  })
})

describe("the cookie of the primary", () => {
  const primary = (status: CanaryStatus, weight: number, affinity: Partial<SessionAffinity>) =>
    cookiesFor(canary(status, affinity), weight, both).primarySessionAffinityCookie

  it("has the configured name and a value of its own", () => {
    const cookies = cookiesFor(canary({}, named), 10, both)
    expect(cookies.primarySessionAffinityCookie).toMatch(/^pc=[a-zA-Z]{10}$/)
    expect(valueOf(cookies.primarySessionAffinityCookie)).not.toBe(valueOf(cookies.sessionAffinityCookie))
  })

  it("is new at each weight, so that users on the primary are drawn again", () => {
    const ten = primary({}, 10, named)!
    expect(primary({ primarySessionAffinityCookie: ten }, 20, named)).not.toBe(ten)
    expect(primary({ primarySessionAffinityCookie: ten }, 10, named)).toBe(ten)
  })

  it("replaces one of another name", () => {
    expect(primary({ primarySessionAffinityCookie: "=OiWkfLsJYW" }, 10, named)).toMatch(/^pc=/)
  })

  it("is gone when all traffic goes back to the primary", () => {
    expect(primary({ primarySessionAffinityCookie: "pc=OiWkfLsJYW" }, 0, named)).toBeNull()
  })

  it("is written without a name where none is configured, and then stays", () => {
    expect(primary({}, 10, {})).toMatch(/^=[a-zA-Z]{10}$/)
    const status = { primarySessionAffinityCookie: "=OiWkfLsJYW" }
    expect({ ...status, ...cookiesFor(canary(status), 20, both) }).toMatchObject(status)
    expect({ ...status, ...cookiesFor(canary(status), 0, both) }).toMatchObject(status)
  })

  it("is left out for routers that do not write it", () => {
    expect(cookiesFor(canary({}, named), 10, { primary: false })).not.toHaveProperty("primarySessionAffinityCookie")
  })
})
