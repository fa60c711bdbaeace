import { describe, expect, it } from "vitest"
import { namesProxy, proxyFromEnvironment } from "./proxy-environment.ts"

const isProxied = (NO_PROXY: string, url: string): boolean =>
  proxyFromEnvironment({ HTTP_PROXY: "proxy:1", HTTPS_PROXY: "proxy:2", NO_PROXY })(new URL(url)) !== undefined

describe("NO_PROXY", () => {
  it.each([
    ["", "http://a.test/", true],
    ["*", "http://a.test/", false],
    ["a.test", "http://a.test/", false],
    ["a.test", "http://x.a.test/", false],
    ["a.test", "http://ba.test/", true],
    [".a.test", "http://x.a.test/", false],
    [".a.test", "http://a.test/", true],
    ["*.a.test", "http://x.a.test/", false],
    ["*.a.test", "http://a.test/", true],
    [" b.test , A.test ", "http://a.test/", false],
    ["a.test:8080", "http://a.test:8080/", false],
    ["a.test:8080", "http://a.test/", true],
    ["a.test:443", "https://a.test/", false],
    ["a.test:80", "http://a.test/", false],
    ["10.0.0.1", "http://10.0.0.1/", false],
    ["10.0.0.1:81", "http://10.0.0.1/", true],
    ["10.0.0.0/8", "http://10.9.9.9/", false],
    ["10.0.0.0/8", "http://11.0.0.1/", true],
    ["10.0.0.0/8", "http://a.test/", true],
    ["10.0.0.0/99", "http://10.0.0.1/", true],
    ["fd00::/8", "http://[fd00::1]/", false],
    ["fd00::1", "http://[fd00::1]/", false],
    ["[fd00::1]:80", "http://[fd00::1]/", false],
    ["[fd00::1]:81", "http://[fd00::1]/", true],
    [".svc,.cluster.local,10.0.0.0/8", "http://loadtester.test.svc/", false],
    ["", "http://localhost:9090/", false],
    ["", "http://127.1.2.3/", false],
    ["", "http://[::1]/", false],
  ])("%j: a request to %s goes through the proxy: %s", (exceptions, url, proxied) => {
    expect(isProxied(exceptions, url)).toBe(proxied)
  })
})

describe("the variables", () => {
  it("are read in capitals first", () => {
    const proxyOf = proxyFromEnvironment({ HTTP_PROXY: "upper:1", http_proxy: "lower:1", https_proxy: "https://tls:2" })
    expect(proxyOf(new URL("http://a.test/"))?.href).toBe("http://upper:1/")
    expect(proxyOf(new URL("https://a.test/"))?.href).toBe("https://tls:2/")
  })
  it("may name no proxy at all", () => {
    expect(namesProxy({ NO_PROXY: "*", HTTP_PROXY: "" })).toBe(false)
    expect(namesProxy({ https_proxy: "x" })).toBe(true)
  })
})
