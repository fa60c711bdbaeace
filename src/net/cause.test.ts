import { describe, expect, it } from "vitest"
import { causeOf } from "./cause.ts"

const direct = { proxied: false, reading: false }
const failing = (properties: object, message = "what Node says") => Object.assign(new Error(message), properties)

describe("a failure to connect", () => {
  it.each([
    [{ syscall: "getaddrinfo", code: "ENOTFOUND", hostname: "nohost" }, "dial tcp: lookup nohost: no such host"],
    [{ syscall: "getaddrinfo", code: "EAI_AGAIN", hostname: "nohost" }, "dial tcp: lookup nohost: server misbehaving"],
    [
      { syscall: "connect", code: "EHOSTUNREACH", address: "10.0.0.1", port: 80 },
      "dial tcp 10.0.0.1:80: connect: no route to host",
    ],
    [
      { syscall: "connect", code: "ECONNREFUSED", address: "fd00::1", port: 80 },
      "dial tcp [fd00::1]:80: connect: connection refused",
    ],
    [{ syscall: "connect", code: "EWEIRD", address: "10.0.0.1", port: 80 }, "dial tcp 10.0.0.1:80: connect: EWEIRD"],
    [{ code: "UND_ERR_CONNECT_TIMEOUT" }, "dial tcp: i/o timeout"],
    [{ syscall: "read", code: "ECONNRESET" }, "read: connection reset by peer"],
    [{ syscall: "write", code: "EPIPE" }, "write: broken pipe"],
  ])("%o reads as Go says it", (properties, text) => {
    expect(causeOf(failing(properties), direct)).toEqual({ text, final: false })
  })

  it("to several addresses tells the first", () => {
    const attempts = ["::1", "127.0.0.1"].map((address) =>
      failing({ syscall: "connect", code: "ECONNREFUSED", address, port: 1 }),
    )
    expect(causeOf(new AggregateError(attempts), direct).text).toBe("dial tcp [::1]:1: connect: connection refused")
  })
})

describe("a bad certificate", () => {
  it.each([
    ["CERT_HAS_EXPIRED", "x509: certificate has expired or is not yet valid"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "x509: certificate signed by unknown authority"],
    ["CERT_REVOKED", "x509: what Node says"],
    ["CRL_HAS_EXPIRED", "x509: what Node says"],
    ["INVALID_CA", "x509: what Node says"],
  ])("%s is a reason to give up", (code, text) => {
    const cause = { text: `tls: failed to verify certificate: ${text}`, final: true }
    expect(causeOf(failing({ code }), direct)).toEqual(cause)
    const viaProxy = new Error("proxy", { cause: failing({ code }) })
    expect(causeOf(Object.assign(viaProxy, { code: "UND_ERR_PRX_TLS" }), direct)).toEqual(cause)
  })

  it("for another name tells both", () => {
    const error = failing({
      code: "ERR_TLS_CERT_ALTNAME_INVALID",
      host: "c.test",
      cert: { subjectaltname: "DNS:a.test, DNS:b.test, IP Address:10.0.0.1" },
    })
    expect(causeOf(error, direct)).toEqual({
      text: "tls: failed to verify certificate: x509: certificate is valid for a.test, b.test, 10.0.0.1, not c.test",
      final: true,
    })
  })
})

it("shows no secrets of texts that it does not know", () => {
  expect(causeOf(new Error("odd http://u:p@h/?token=x"), direct).text).toBe("odd http://***@h/?token=***")
  expect(causeOf("thrown text", direct)).toEqual({ text: "thrown text", final: false })
})
