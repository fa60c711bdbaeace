import type { IncomingMessage } from "node:http"
import { Readable } from "node:stream"

/** A client's body on its way to a pod. It flows as fast as the pod takes it; copies do not slow it down. */
export interface RequestBody {
  readonly stream: Readable
  /** To be asked for before the body flows. */
  copy(): Readable
}

/** What a copy may lag behind; then it ends, since holding up the user for it would be worse. */
const COPY_LIMIT = 1024 * 1024

/** The client's connection outlives the stream: whatever becomes of the pod, the client is to get an answer. */
export function requestBody(incoming: IncomingMessage): RequestBody {
  const copies: Readable[] = []
  const stream = new Readable({
    read: () => void incoming.resume(),
    destroy(error, done) {
      incoming.off("data", take)
      for (const copy of copies) if (!incoming.complete) copy.destroy()
      // What is still to come is of no use, but has to be read before the connection can be used again.
      incoming.resume()
      done(error)
    },
  })

  function take(chunk: Buffer): void {
    if (!stream.push(chunk)) incoming.pause()
    for (const copy of copies) {
      if (!copy.destroyed && !copy.push(chunk) && copy.readableLength > COPY_LIMIT) copy.destroy()
    }
  }

  incoming.pause()
  incoming.on("data", take)
  incoming.on("end", () => {
    for (const one of [stream, ...copies]) if (!one.destroyed) one.push(null)
  })
  incoming.on("close", () => {
    if (!incoming.complete) stream.destroy(new Error("the client went away"))
  })
  // Told through the exchange, too; a stream without anyone who listens would end the process.
  stream.on("error", () => {})

  return {
    stream,
    copy() {
      const copy = new Readable({ read() {} })
      copy.on("error", () => {})
      copies.push(copy)
      return copy
    },
  }
}
