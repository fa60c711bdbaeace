import type { Http } from "#net/contract.ts"
import type { Sample } from "./store.ts"
import { createTextReader } from "./text-format.ts"

/** Something to ask over HTTP. */
export interface Target {
  readonly url: string
  /** Of all its series; labels of that name it exports itself are kept as `exported_…`. */
  readonly labels: Readonly<Record<string, string>>
}

export interface Scraped {
  readonly samples: readonly Sample[]
  /** Why there is nothing but `up`. */
  readonly error?: string
}

/** Asks once. Never throws. */
export type AskTarget = (timeoutMs: number, signal: AbortSignal) => Promise<Scraped>

const MAX_BODY_BYTES = 16 * 1024 * 1024
const headers = { Accept: "text/plain;version=0.0.4;q=1,*/*;q=0.1" }

export function createAskTarget({ url, labels }: Target, http: Http): AskTarget {
  const read = createTextReader((own) => ({ ...renamed(own, labels), ...labels }))
  const up = (value: number): Sample => ({ name: "up", labels, value })
  return async (timeoutMs, signal) => {
    try {
      const answer = await http.send({ method: "GET", url, headers, timeoutMs, maxBytes: MAX_BODY_BYTES }, signal)
      if (answer.status !== 200) throw new Error(`server returned HTTP status ${answer.status} ${answer.statusText}`)
      if (answer.truncated) throw new Error("body size limit exceeded")
      return { samples: [...read(answer.body), up(1)] }
    } catch (error) {
      return { samples: [up(0)], error: (error as Error).message }
    }
  }
}

function renamed(own: Sample["labels"], ofTarget: Target["labels"]): Record<string, string> {
  const entries = Object.entries(own).map(([name, value]) => [
    Object.hasOwn(ofTarget, name) ? `exported_${name}` : name,
    value,
  ])
  return Object.fromEntries(entries)
}
