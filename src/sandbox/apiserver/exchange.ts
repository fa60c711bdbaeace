import type { IncomingMessage, ServerResponse } from "node:http"
import { yamlDocuments, yamlText } from "#kube/yaml.ts"
import { decodedProtobuf } from "../protobuf/decode.ts"
import { badRequest, Refusal, statusOf, unsupportedMediaType } from "./refusal.ts"

const MAX_BODY_BYTES = 3 * 1024 * 1024

export async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      throw new Refusal(413, "RequestEntityTooLarge", `Request entity too large: limit is ${MAX_BODY_BYTES}`)
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

export const mediaTypeOf = (request: IncomingMessage): string =>
  (request.headers["content-type"] || "application/json").split(";")[0]!.trim()

/** What was sent, by the type that it is said to be. Throws a `SyntaxError` where it is no JSON. */
export function parsed(body: Buffer, mediaType: string): unknown {
  if (mediaType.endsWith("yaml")) return yamlIn(body.toString())
  if (mediaType === "application/vnd.kubernetes.protobuf") return protobufIn(body)
  if (!mediaType.endsWith("json")) {
    throw unsupportedMediaType(
      `the body of the request was in an unknown format - accepted media types include: application/json, application/yaml, application/vnd.kubernetes.protobuf`,
    )
  }
  return JSON.parse(body.toString())
}

function protobufIn(body: Buffer): unknown {
  try {
    return decodedProtobuf(body)
  } catch (error) {
    throw badRequest((error as Error).message)
  }
}

function yamlIn(text: string): unknown {
  try {
    return yamlDocuments(text)[0]
  } catch (error) {
    throw badRequest(`error converting YAML to JSON: ${(error as Error).message}`)
  }
}

export interface Reply {
  code: number
  /** A text, bytes, or what becomes JSON or YAML. */
  body: object | string | Buffer
  mediaType?: string
  isYaml?: boolean
  warnings?: readonly string[]
}

export function send(response: ServerResponse, { code, body, mediaType, isYaml, warnings = [] }: Reply): void {
  if (response.headersSent) return void response.end()
  for (const text of warnings) response.appendHeader("warning", `299 - ${JSON.stringify(text)}`)
  const isText = typeof body === "string"
  const plainType = isText ? "text/plain; charset=utf-8" : isYaml ? "application/yaml" : "application/json"
  const text = () => (isText ? body : isYaml ? yamlText(body) : `${JSON.stringify(body)}\n`)
  const bytes = Buffer.isBuffer(body) ? body : Buffer.from(text())
  const headers = { "content-type": mediaType ?? plainType, "content-length": bytes.length, ...unkept }
  response.writeHead(code, headers).end(bytes)
}

const unkept = { "cache-control": "no-cache, private" }

export function sendRefusal(response: ServerResponse, error: unknown, isYaml: boolean): void {
  const status = statusOf(error)
  const code = status["code"] as number
  const { details } = status as { details?: { retryAfterSeconds?: number } }
  if (details?.retryAfterSeconds && !response.headersSent) response.setHeader("retry-after", details.retryAfterSeconds)
  send(response, { code, body: status, isYaml })
}
