import { describe, expect, it } from "vitest"
import { passedOn, readHead } from "./request-head.ts"

const passed = (...raw: string[]) => passedOn(readHead("/", ["Host", "shop", ...raw]), "shop", "10.0.0.9")
const forwarded = [
  "host",
  "shop",
  "x-forwarded-for",
  "10.0.0.9",
  "x-forwarded-proto",
  "http",
  "x-forwarded-host",
  "shop",
]

describe("headers for the pod", () => {
  it("lack those of the client's connection, and those that it names", () => {
    const connection = ["Connection", "close, X-Private", "Keep-Alive", "timeout=5", "Upgrade", "h2c", "TE", "trailers"]
    const rest = [
      "X-Private",
      "1",
      "Transfer-Encoding",
      "chunked",
      "Proxy-Authorization",
      "x",
      "Expect",
      "100-continue",
    ]
    expect(passed(...connection, ...rest, "X-Public", "1")).toEqual(["x-public", "1", ...forwarded])
  })

  it("tell of earlier proxies", () => {
    const said = [
      "X-Forwarded-For",
      "1.1.1.1",
      "X-Forwarded-For",
      "2.2.2.2",
      "X-Forwarded-Proto",
      "https",
      "X-Forwarded-Host",
      "h",
    ]
    expect(passed(...said)).toEqual([
      "x-forwarded-proto",
      "https",
      "x-forwarded-host",
      "h",
      "host",
      "shop",
      "x-forwarded-for",
      "1.1.1.1, 2.2.2.2, 10.0.0.9",
    ])
  })
})

it.each([
  ["content-length", "5", true],
  ["content-length", "0", false],
  ["transfer-encoding", "chunked", true],
  ["x-other", "5", false],
])("%s: %s means a body: %s", (name, value, hasBody) => {
  expect(readHead("/", [name, value]).hasBody).toBe(hasBody)
})

it.each([
  ["http://shop.demo/cart?x=/", "shop.demo", "/cart?x=/"],
  ["http://shop.demo:8080", "shop.demo:8080", "/"],
  ["http://shop.demo?x=/y", "shop.demo", "/?x=/y"],
  ["/cart?to=http://other/", "h", "/cart?to=http://other/"],
  ["*", "h", "*"],
])("%s is for host %s and path %s", (url, host, target) => {
  expect(readHead(url, ["Host", "h"])).toMatchObject({ host, target })
})
