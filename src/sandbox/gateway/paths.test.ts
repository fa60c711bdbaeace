import { describe, expect, it } from "vitest"
import { location, modifiedPath } from "./paths.ts"

describe("a path whose matched prefix is replaced", () => {
  it.each([
    ["/foo/bar", "/foo", "/xyz", "/xyz/bar"],
    ["/foo/bar", "/foo", "/xyz/", "/xyz/bar"],
    ["/foo", "/foo", "/xyz", "/xyz"],
    ["/foo/", "/foo", "/xyz", "/xyz/"],
    ["/foo/bar", "/foo", "/", "/bar"],
    ["/foo/", "/foo", "/", "/"],
    ["/foo", "/foo", "/", "/"],
    ["/foo/bar", "/foo", "", "/bar"],
    ["/bar", "", "/v2", "/v2/bar"],
    ["/", "", "/v2", "/v2/"],
  ])("%s after %s with %j is %s", (path, prefix, replacePrefixMatch, result) => {
    expect(modifiedPath({ type: "ReplacePrefixMatch", replacePrefixMatch }, path, prefix)).toBe(result)
  })

  it("may be replaced as a whole", () => {
    expect(modifiedPath({ type: "ReplaceFullPath", replaceFullPath: "/new" }, "/old/path", "/old")).toBe("/new")
  })
})

describe("where a redirect leads", () => {
  const request = { host: "shop.example.com:41000", path: "/cart/1", search: "?x=1", prefix: "/cart" }

  it.each([
    [{}, "http://shop.example.com:41000/cart/1?x=1"],
    [{ scheme: "https" }, "https://shop.example.com/cart/1?x=1"],
    [{ scheme: "https", port: 8443 }, "https://shop.example.com:8443/cart/1?x=1"],
    [{ port: 80 }, "http://shop.example.com/cart/1?x=1"],
    [{ hostname: "other.example.com" }, "http://other.example.com:41000/cart/1?x=1"],
    [{ path: { type: "ReplaceFullPath", replaceFullPath: "/new" } }, "http://shop.example.com:41000/new?x=1"],
    [{ path: { type: "ReplacePrefixMatch", replacePrefixMatch: "/bag" } }, "http://shop.example.com:41000/bag/1?x=1"],
  ])("by %j is %s", (redirect, url) => {
    expect(location(redirect, request)).toBe(url)
  })
})
