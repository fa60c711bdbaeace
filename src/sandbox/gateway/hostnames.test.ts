import { describe, expect, it } from "vitest"
import { hostIn, hostMap, intersection, portIn } from "./hostnames.ts"

describe("hosts that a listener and a route share", () => {
  it.each([
    ["", "", ""],
    ["", "shop.example.com", "shop.example.com"],
    ["*.example.com", "", "*.example.com"],
    ["*.example.com", "shop.example.com", "shop.example.com"],
    ["shop.example.com", "*.example.com", "shop.example.com"],
    ["*.example.com", "*.eu.example.com", "*.eu.example.com"],
    ["*.example.com", "a.b.example.com", "a.b.example.com"],
    ["*.example.com", "example.com", undefined],
    ["shop.example.com", "cart.example.com", undefined],
    ["*.example.com", "*.example.org", undefined],
    ["*.example.com", "shopexample.com", undefined],
  ])("of %j and %j are %j", (listener, route, shared) => {
    expect(intersection(listener, route)).toBe(shared)
    expect(intersection(route, listener)).toBe(shared)
  })
})

describe("finding by host", () => {
  const map = hostMap([
    ["shop.example.com", "name"],
    ["*.example.com", "wide"],
    ["*.eu.example.com", "narrow"],
    ["", "any"],
  ])

  it.each([
    ["shop.example.com", "name"],
    ["cart.example.com", "wide"],
    ["shop.eu.example.com", "narrow"],
    ["a.b.eu.example.com", "narrow"],
    ["example.com", "any"],
    ["eu.example.com", "wide"],
    ["localhost", "any"],
    ["", "any"],
  ])("takes the most specific pattern for %s", (host, found) => {
    expect(map.find(host)).toBe(found)
  })
})

describe("a Host header", () => {
  it.each([
    ["Shop.Example.com", "shop.example.com", undefined],
    ["shop.example.com:8080", "shop.example.com", 8080],
    ["shop.example.com.", "shop.example.com", undefined],
    ["[::1]:8080", "[::1]", 8080],
    ["[::1]", "[::1]", undefined],
    ["127.0.0.1:80", "127.0.0.1", 80],
  ])("%s is read without case and port", (header, host, port) => {
    expect(hostIn(header)).toBe(host)
    expect(portIn(header)).toBe(port)
  })
})
