import { describe, expect, it } from "vitest"
import { redact, redactPaths, soundsSecret } from "./redact.ts"

describe("redact", () => {
  it.each([
    ["http://user:pass@host/x", "http://***@host/x"],
    ["http://token@host", "http://***@host"],
    ["http://u:p@ss@host/", "http://***@host/"],
    ["https://host/x?a=1&access_token=abc&b=2", "https://host/x?a=1&access_token=***&b=2"],
    ["https://host/x?sig=abc#f", "https://host/x?sig=***#f"],
    ["https://host/x?key=abc", "https://host/x?key=***"],
    ["https://host/x?keyword=abc", "https://host/x?keyword=abc"],
    ["https://host/@scope/x", "https://host/@scope/x"],
    ['Post "http://a:b@h/?token=t": EOF', 'Post "http://***@h/?token=***": EOF'],
    ["mail me@host or you@host", "mail me@host or you@host"],
  ])("shows %s as %s", (text, shown) => {
    expect(redact(text)).toBe(shown)
  })
})

describe("redactPaths", () => {
  it("keeps only scheme and host of an address", () => {
    expect(redactPaths('Post "https://hooks.slack.com/services/T/B/X": EOF')).toBe(
      'Post "https://hooks.slack.com/***": EOF',
    )
    expect(redactPaths("https://a:b@host?x=1 and http://host")).toBe("https://***@host/*** and http://host")
  })
})

describe("soundsSecret", () => {
  it("knows the names of keys and tokens", () => {
    for (const name of ["Authorization", "X-Api-Key", "DD-APPLICATION-KEY", "x-vault-token", "Cookie", "sig"])
      expect(soundsSecret(name), name).toBe(true)
    for (const name of ["Idempotency-Key", "Content-Type", "X-Scope-OrgID", "design"])
      expect(soundsSecret(name), name).toBe(false)
  })
})
