import { STATUS_CODES } from "node:http"
import { redact } from "#core/text/redact.ts"

/** Why no answer came, in Go's words. */
export interface Cause {
  text: string
  /** Repeating cannot help. */
  final: boolean
}

/** A refusal that already has its words and that no repetition changes. */
export class Refused extends Error {}

interface NodeError extends Error {
  code?: string
  syscall?: string
  address?: string
  port?: number
  hostname?: string
  host?: string
  cert?: { subjectaltname?: string }
}

const connectTexts: Record<string, string> = {
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EHOSTUNREACH: "no route to host",
  ENETUNREACH: "network is unreachable",
  ETIMEDOUT: "connection timed out",
  EADDRNOTAVAIL: "cannot assign requested address",
}

const unknownAuthority = "x509: certificate signed by unknown authority"
const expired = "x509: certificate has expired or is not yet valid"
const certificateTexts: Record<string, string> = {
  DEPTH_ZERO_SELF_SIGNED_CERT: unknownAuthority,
  SELF_SIGNED_CERT_IN_CHAIN: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
  CERT_UNTRUSTED: unknownAuthority,
  CERT_HAS_EXPIRED: expired,
  CERT_NOT_YET_VALID: expired,
}
const certificateCode = /^(CERT_|CRL_|UNABLE_TO_|ERROR_IN_C|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH)/

const otherTexts: Record<string, string> = {
  ECONNRESET: "read: connection reset by peer",
  EPIPE: "write: broken pipe",
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: "unexpected EOF",
  UND_ERR_HEADERS_OVERFLOW: "net/http: server response headers exceeded their limit; aborted",
  Z_BUF_ERROR: "unexpected EOF",
  Z_DATA_ERROR: "gzip: invalid header or corrupt data",
  ERR_SSL_WRONG_VERSION_NUMBER: "http: server gave HTTP response to HTTPS client",
  ERR_SSL_PACKET_LENGTH_TOO_LONG: "http: server gave HTTP response to HTTPS client",
}

/** @param about whether a proxy was in between, and whether headers had come already */
export function causeOf(failure: unknown, about: { proxied: boolean; reading: boolean }): Cause {
  if (failure instanceof Refused) return { text: failure.message, final: true }
  const error = rootOf(failure)
  const code = error.code ?? ""
  const certificate = certificateProblem(error, code)
  if (certificate) return { text: `tls: failed to verify certificate: ${certificate}`, final: true }
  const proxy = proxyAnswer(error)
  if (proxy) return { text: proxy, final: false }
  if (code === "UND_ERR_INVALID_ARG") return { text: `net/http: ${error.message}`, final: true }
  return { text: transient(error, code, about), final: false }
}

/** The first of several attempts at one name, and what a proxy's TLS error wraps. */
function rootOf(failure: unknown): NodeError {
  if (failure instanceof AggregateError && failure.errors.length > 0) return rootOf(failure.errors[0])
  if (!(failure instanceof Error)) return new Error(String(failure))
  if ((failure as NodeError).code === "UND_ERR_PRX_TLS" && failure.cause) return rootOf(failure.cause)
  return failure
}

function certificateProblem(error: NodeError, code: string): string | undefined {
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return wrongName(error)
  return certificateTexts[code] ?? (certificateCode.test(code) ? `x509: ${error.message}` : undefined)
}

function wrongName({ host, cert, message }: NodeError): string {
  const names = (cert?.subjectaltname ?? "").replaceAll(/(DNS|IP Address):/g, "")
  return host && names ? `x509: certificate is valid for ${names}, not ${host}` : `x509: ${message}`
}

/** undici reports the refusal of a proxy in prose only. */
function proxyAnswer({ message }: Error): string | undefined {
  const status = /^Proxy response \((\d+)\)|^Proxy Authentication Required \((407)\)/.exec(message)
  return status ? STATUS_CODES[status[1] ?? status[2]!] : undefined
}

function transient(error: NodeError, code: string, about: { proxied: boolean; reading: boolean }): string {
  const dial = dialProblem(error, code)
  if (dial) return about.proxied ? `proxyconnect tcp: ${dial}` : dial
  if (code === "UND_ERR_SOCKET") return about.reading ? "unexpected EOF" : "EOF"
  if (error.name === "HTTPParserError") return "net/http: HTTP/1.x transport connection broken: malformed HTTP response"
  return otherTexts[code] ?? redact(error.message)
}

function dialProblem(error: NodeError, code: string): string | undefined {
  if (error.syscall === "getaddrinfo") {
    const why = code === "ENOTFOUND" ? "no such host" : "server misbehaving"
    return `dial tcp: lookup ${error.hostname ?? ""}: ${why}`
  }
  if (code === "UND_ERR_CONNECT_TIMEOUT") return "dial tcp: i/o timeout"
  if (error.syscall !== "connect" || !error.address) return undefined
  const host = error.address.includes(":") ? `[${error.address}]` : error.address
  return `dial tcp ${host}:${error.port}: connect: ${connectTexts[code] ?? code}`
}
