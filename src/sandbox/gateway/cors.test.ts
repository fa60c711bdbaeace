import { expect, it } from "vitest"
import { corsPolicy } from "./cors.ts"

const asked = { origin: "https://shop.example.com", method: "PUT", headers: "x-a" }

it("tells a browser who asks what is allowed, and nothing to others", () => {
  const policy = corsPolicy({
    allowOrigins: ["https://shop.example.com"],
    allowMethods: ["GET", "PUT"],
    allowHeaders: ["x-a", "x-b"],
    exposeHeaders: ["x-c"],
    allowCredentials: true,
    maxAge: 60,
  })
  const granted = [
    "access-control-allow-origin",
    asked.origin,
    "vary",
    "Origin",
    "access-control-allow-credentials",
    "true",
    "access-control-expose-headers",
    "x-c",
  ]
  expect(policy.granted(asked.origin)).toEqual(granted)
  expect(policy.preflight(asked)).toEqual([
    ...granted,
    "access-control-allow-methods",
    "GET, PUT",
    "access-control-allow-headers",
    "x-a, x-b",
    "access-control-max-age",
    "60",
  ])
  expect(policy.granted("https://evil.example.com")).toEqual([])
  expect(policy.preflight({ ...asked, origin: "https://evil.example.com" })).toEqual([])
})

it("says everybody, or with credentials names whoever asks", () => {
  const all = { allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"] }
  expect(corsPolicy(all).preflight(asked)).toEqual([
    "access-control-allow-origin",
    "*",
    "access-control-allow-methods",
    "*",
    "access-control-allow-headers",
    "*",
    "access-control-max-age",
    "5",
  ])
  expect(corsPolicy({ ...all, allowCredentials: true }).preflight(asked)).toEqual([
    "access-control-allow-origin",
    asked.origin,
    "vary",
    "Origin",
    "access-control-allow-credentials",
    "true",
    "access-control-allow-methods",
    "PUT",
    "access-control-allow-headers",
    "x-a",
    "access-control-max-age",
    "5",
  ])
})

it.each([
  ["https://*.example.com", "https://shop.example.com", true],
  ["https://*.example.com", "https://a.b.example.com", true],
  ["https://*.example.com", "https://example.com", false],
  ["https://*.example.com", "http://shop.example.com", false],
  ["https://*.example.com:8443", "https://shop.example.com:8443", true],
  ["https://*", "https://anything", true],
  ["https://Shop.example.com", "https://shop.example.com", true],
])("%s allows %s: %s", (allowed, origin, result) => {
  expect(corsPolicy({ allowOrigins: [allowed] }).granted(origin).length > 0).toBe(result)
})
