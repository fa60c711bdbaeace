import { pipeline, Readable } from "node:stream"
import { createGunzip, createInflate, createInflateRaw, type Gunzip } from "node:zlib"

export interface BodyRead {
  text: string
  truncated: boolean
}

/** Reads at most `maxBytes` of the decoded body. The rest is not read: the stream, and with it the connection, is dropped. */
export async function readBody(body: Readable, encoding: string, maxBytes: number): Promise<BodyRead> {
  // An abandoned stream may still report that it was abandoned.
  body.on("error", () => {})
  const kept: Uint8Array[] = []
  let size = 0
  try {
    for await (const chunk of decoded(body, encoding)) {
      kept.push(chunk)
      size += chunk.length
      if (size > maxBytes) break
    }
  } finally {
    body.destroy()
  }
  const truncated = size > maxBytes
  const text = new TextDecoder().decode(Buffer.concat(kept).subarray(0, maxBytes), { stream: truncated })
  return { text, truncated }
}

function decoded(body: Readable, encoding: string): AsyncIterable<Buffer> {
  const name = encoding.trim().toLowerCase()
  if (name === "gzip" || name === "x-gzip") return unpacked(body, () => createGunzip())
  if (name === "deflate") return unpacked(body, inflateFor)
  return body
}

// Some servers send deflate without the zlib header that the name stands for.
const inflateFor = (first: Buffer) => ((first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw())

async function* unpacked(body: Readable, decoderFor: (first: Buffer) => Gunzip): AsyncIterable<Buffer> {
  const packed: AsyncIterator<Buffer> = body[Symbol.asyncIterator]()
  const first = await packed.next()
  if (first.done) return
  const chunks = async function* () {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => packed }
  }
  yield* pipeline(Readable.from(chunks()), decoderFor(first.value), () => {})
}
