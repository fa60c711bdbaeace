import { describe, expect, it } from "vitest"
import { type Asked, compareRanks, compileMatch, firstParam } from "./matches.ts"
import type { Match } from "./objects.ts"

const asked = (path: string, request: { method?: string; headers?: Record<string, string> } = {}): Asked => {
  const { method = "GET", headers = {} } = request
  const [name = "", query] = path.split("?")
  return { method, path: name, search: query === undefined ? "" : `?${query}`, source: { headers } }
}
const fits = (match: Match, request: Asked) => compileMatch(match).fits(request)

describe("a path", () => {
  it.each([
    ["/shop", "/shop", true],
    ["/shop", "/shop/", true],
    ["/shop", "/shop/cart", true],
    ["/shop", "/shopping", false],
    ["/shop", "/", false],
    ["/shop/", "/shop", true],
    ["/shop/", "/shop/cart", true],
    ["/", "/anything", true],
  ])("below %s: %s is %s", (value, path, result) => {
    expect(fits({ path: { type: "PathPrefix", value } }, asked(path))).toBe(result)
  })

  it.each([
    ["/shop", true],
    ["/shop?x=1", true],
    ["/shop/", false],
    ["/Shop", false],
  ])("that is to be /shop: %s is %s", (path, result) => {
    expect(fits({ path: { type: "Exact", value: "/shop" } }, asked(path))).toBe(result)
  })

  it.each([
    ["/v[12]/.*", "/v1/cart", true],
    ["/v[12]/.*", "/api/v1/cart", false],
    ["/v[12]", "/v1/cart", false],
    ["(?i)/CART", "/cart", true],
    ["/a|/b", "/bc", false],
    ["/(?P<id>[0-9]+)", "/12", true],
  ])("that is to fit %s as a whole: %s is %s", (value, path, result) => {
    expect(fits({ path: { type: "RegularExpression", value } }, asked(path))).toBe(result)
  })
})

describe("everything else", () => {
  it("compares methods, headers of any case and query parameters; all must fit", () => {
    const match: Match = {
      method: "POST",
      headers: [
        { name: "X-Tier", value: "gold" },
        { name: "Cookie", type: "RegularExpression", value: ".*fc.*abc.*" },
      ],
      queryParams: [{ name: "beta", value: "yes please" }],
    }
    const headers = { "x-tier": "gold", cookie: "a=1; fc=abc; b=2" }
    const good = asked("/?a=1&beta=yes+please&beta=no", { method: "POST", headers })
    expect(fits(match, good)).toBe(true)
    expect(fits(match, { ...good, method: "GET" })).toBe(false)
    expect(fits(match, { ...good, source: { headers: { ...headers, "x-tier": "golden" } } })).toBe(false)
    expect(fits(match, { ...good, source: { headers: { "x-tier": "gold" } } })).toBe(false)
    expect(fits(match, { ...good, search: "?beta=no" })).toBe(false)
    expect(fits(match, { ...good, search: "" })).toBe(false)
  })

  it.each([
    ["?a=1&b=2", "b", "2"],
    ["?a=%20x%2B", "a", " x+"],
    ["?a", "a", ""],
    ["?a=1=2", "a", "1=2"],
    ["?ab=1", "a", undefined],
    ["?%61=1", "a", "1"],
    ["?a=%zz", "a", "%zz"],
    ["", "a", undefined],
  ])("reads from %s of %s: %s", (search, name, value) => {
    expect(firstParam(search, name)).toBe(value)
  })

  it("refuses an expression that it cannot read", () => {
    expect(() => compileMatch({ path: { type: "RegularExpression", value: "/(" } })).toThrow(
      /Invalid regular expression/,
    )
  })
})

it("prefers exact paths, longer prefixes, expressions, the root, then methods, headers and parameters", () => {
  const header = (name: string) => ({ name, value: "x" })
  const matches: Match[] = [
    { path: { type: "Exact", value: "/a" } },
    { path: { value: "/long/prefix" } },
    { path: { value: "/long" }, method: "GET" },
    { path: { value: "/long/" }, headers: [header("a"), header("b")] },
    { path: { type: "RegularExpression", value: "/.+" } },
    { method: "GET" },
    { headers: [header("a"), header("b")] },
    { headers: [header("a")], queryParams: [header("a")] },
    { headers: [header("a")] },
    { queryParams: [header("a"), header("b")] },
    {},
  ]
  const ranked = matches.map((match) => ({ match, rank: compileMatch(match).rank }))
  const sorted = ranked.toReversed().sort((one, other) => compareRanks(one.rank, other.rank))
  expect(sorted.map(({ match }) => match)).toEqual(matches)
})
