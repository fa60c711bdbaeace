import { readFile } from "node:fs/promises"

// Kubernetes replaces mounted tokens long before they end; client-go looks as often.
const READ_AGAIN_MS = 60_000

type Headers = Readonly<Record<string, string>>

/** Headers with the token in a file that somebody else keeps fresh. A read that fails later leaves the last good token. */
export function bearerFromFile(path: string, now: () => number = () => performance.now()): () => Promise<Headers> {
  let headers: Headers | undefined
  let readAt = -Infinity
  let reading: Promise<Headers> | undefined

  async function read(): Promise<Headers> {
    let problem = "it is empty"
    try {
      const token = (await readFile(path, "utf8")).trim()
      const authorization = `Bearer ${token}`
      if (token && authorization !== headers?.authorization) headers = { authorization }
    } catch (error) {
      problem = (error as Error).message
    }
    readAt = now()
    if (!headers) throw new Error(`cannot read the token in ${path}: ${problem}`)
    return headers
  }

  return () => {
    if (headers && now() - readAt <= READ_AGAIN_MS) return Promise.resolve(headers)
    reading ??= read().finally(() => (reading = undefined))
    return reading
  }
}
