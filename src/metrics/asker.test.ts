import { afterEach, beforeEach, describe, expect, it, vi } from "vitest"
import { type Http, type HttpRequest, type HttpResponse, NoAnswer } from "#net/contract.ts"
import { createAsker } from "./asker.ts"

interface Call {
  request: HttpRequest
  signal: AbortSignal
  answer(body: string): void
  fail(error: Error): void
}

/** A backend whose answers the test gives, one by one. */
function createBackends(): Http & { calls: Call[] } {
  const calls: Call[] = []
  return {
    calls,
    send: (request, signal) =>
      new Promise((resolve, reject) => {
        signal!.addEventListener("abort", () => reject(new NoAnswer("context canceled", true)))
        const answer = (body: string) => resolve({ status: 200, statusText: "OK", headers: {}, body, truncated: false })
        calls.push({ request, signal: signal!, answer, fail: reject })
      }),
  }
}

const get = (url: string, rest: Partial<HttpRequest> = {}): HttpRequest => ({
  method: "GET",
  url,
  timeoutMs: 5000,
  ...rest,
})
const bodyOf = async (response: Promise<HttpResponse>) => (await response).body
const settle = () => vi.advanceTimersByTimeAsync(0)
const down = () => new NoAnswer("connection refused", false)

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

describe("the same question at the same time", () => {
  it("is asked once and answered to everybody [fix 19]", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const answers = [1, 2, 3].map(() => bodyOf(asker.send(get("http://p/?query=up"))))
    await settle()
    expect(http.calls).toHaveLength(1)
    http.calls[0]!.answer("1")
    expect(await Promise.all(answers)).toEqual(["1", "1", "1"])
  })

  it("fails for everybody", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const answers = Promise.allSettled([1, 2].map(() => asker.send(get("http://p/?query=up"))))
    await settle()
    http.calls[0]!.fail(down())
    expect((await answers).map(({ status }) => status)).toEqual(["rejected", "rejected"])
  })

  it.each([
    ["another query", get("http://p/?query=down")],
    ["another address", get("http://q/?query=up")],
    ["other credentials", get("http://p/?query=up", { headers: { Authorization: "Bearer b" } })],
    ["another trust", get("http://p/?query=up", { insecure: true })],
  ])("is not the same with %s", async (_, other) => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const first = get("http://p/?query=up", { headers: { Authorization: "Bearer a" } })
    const answers = [bodyOf(asker.send(first)), bodyOf(asker.send(other))]
    await settle()
    http.calls.forEach((call, index) => call.answer(`${index}`))
    expect(await Promise.all(answers)).toEqual(["0", "1"])
  })

  it("is asked again once it was answered", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    for (const body of ["1", "2"]) {
      const answer = bodyOf(asker.send(get("http://p/?query=up")))
      await settle()
      http.calls.at(-1)!.answer(body)
      expect(await answer).toBe(body)
    }
  })

  it("is sent each time when it might change something", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const post: HttpRequest = { method: "POST", url: "http://p/", timeoutMs: 5000 }
    const answers = [asker.send(post), asker.send(post)]
    await settle()
    expect(http.calls).toHaveLength(2)
    for (const call of http.calls) call.answer("")
    await Promise.all(answers)
  })

  it("goes on while somebody waits, and stops with the last one", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const [one, two] = [new AbortController(), new AbortController()]
    const first = asker.send(get("http://p/?query=up"), one.signal)
    const second = asker.send(get("http://p/?query=up"), two.signal)
    one.abort()
    await expect(first).rejects.toThrow("context canceled")
    expect(http.calls[0]!.signal.aborted).toBe(false)
    two.abort()
    await expect(second).rejects.toThrow("context canceled")
    expect(http.calls[0]!.signal.aborted).toBe(true)
  })

  it("is asked anew after everybody had given up", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const stop = new AbortController()
    const first = asker.send(get("http://p/?query=up"), stop.signal)
    stop.abort()
    const second = bodyOf(asker.send(get("http://p/?query=up")))
    await expect(first).rejects.toThrow("context canceled")
    await settle()
    http.calls.at(-1)!.answer("2")
    expect(await second).toBe("2")
  })

  it("is not asked for somebody who has left already", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    await expect(asker.send(get("http://p/"), AbortSignal.abort())).rejects.toThrow(NoAnswer)
    expect(http.calls).toEqual([])
  })
})

describe("a backend", () => {
  const queries = (count: number) => Array.from({ length: count }, (_, index) => get(`http://p/?query=${index}`))

  it("gets a limited number of questions at a time, in the order of asking", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 2 })
    const answers = queries(4).map((request) => bodyOf(asker.send(request)))
    await settle()
    expect(http.calls).toHaveLength(2)
    for (let index = 0; index < 4; index++) {
      http.calls[index]!.answer(`${index}`)
      await settle()
      expect(http.calls).toHaveLength(Math.min(index + 3, 4))
    }
    expect(await Promise.all(answers)).toEqual(["0", "1", "2", "3"])
  })

  it("does not wait for another one", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 1 })
    const answers = ["http://p/", "http://q/"].map((url) => asker.send(get(url)))
    await settle()
    expect(http.calls).toHaveLength(2)
    for (const call of http.calls) call.answer("")
    await Promise.all(answers)
  })

  it("is not asked for somebody who gave up while waiting", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 1 })
    const stop = new AbortController()
    const first = asker.send(get("http://p/?query=1"))
    const second = asker.send(get("http://p/?query=2"), stop.signal)
    const third = asker.send(get("http://p/?query=3"))
    await settle()
    stop.abort()
    await expect(second).rejects.toThrow("context canceled")
    http.calls[0]!.answer("")
    await settle()
    http.calls[1]!.answer("")
    await Promise.all([first, third])
    expect(http.calls.map(({ request }) => request.url.at(-1))).toEqual(["1", "3"])
  })
})

describe("a backend that does not answer", () => {
  /** Asks once; undefined when the backend was really asked and failed. */
  async function failing(asker: Http, http: { calls: Call[] }, error: Error = down()): Promise<string | undefined> {
    const before = http.calls.length
    const answer = asker.send(get("http://p/")).catch((failure: Error) => failure.message)
    await settle()
    if (http.calls.length === before) return String(await answer)
    http.calls.at(-1)!.fail(error)
    await answer
    return undefined
  }

  async function answeringOnce(asker: Http, http: { calls: Call[] }): Promise<void> {
    const answer = asker.send(get("http://p/"))
    await settle()
    http.calls.at(-1)!.answer("")
    await answer
  }

  const refusal = (left: string) => `connection refused (not asked again for ${left})`

  it("is left alone for a second after three failures, then for twice as long, up to fifteen seconds", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    for (let attempt = 0; attempt < 3; attempt++) expect(await failing(asker, http)).toBeUndefined()
    for (const seconds of [1, 2, 4, 8, 15, 15]) {
      expect(await failing(asker, http)).toBe(refusal(`${seconds}s`))
      await vi.advanceTimersByTimeAsync(seconds * 1000 - 1)
      expect(await failing(asker, http)).toBe(refusal("1ms"))
      await vi.advanceTimersByTimeAsync(1)
      expect(await failing(asker, http)).toBeUndefined()
    }
  })

  it("is trusted again after an answer", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const slow = asker.send(get("http://p/?query=slow"))
    for (let round = 0; round < 3; round++) {
      expect([await failing(asker, http), await failing(asker, http)]).toEqual([undefined, undefined])
      await answeringOnce(asker, http)
    }
    for (let attempt = 0; attempt < 3; attempt++) await failing(asker, http)
    await vi.advanceTimersByTimeAsync(1000)
    await answeringOnce(asker, http)
    for (let attempt = 0; attempt < 3; attempt++) expect(await failing(asker, http)).toBeUndefined()
    expect(await failing(asker, http)).toBe(refusal("1s"))
    http.calls[0]!.answer("")
    await slow
  })

  it("is not punished for what is the question's own fault", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const wrong = new NoAnswer("unsupported protocol scheme", true)
    for (let attempt = 0; attempt < 5; attempt++) expect(await failing(asker, http, wrong)).toBeUndefined()
  })

  it("is not punished again for questions that were under way", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    const answers = Promise.allSettled(
      [...Array(16).keys()].map((index) => asker.send(get(`http://p/?query=${index}`))),
    )
    await settle()
    for (const call of http.calls) call.fail(down())
    await answers
    expect(await failing(asker, http)).toBe(refusal("1s"))
  })

  it("lets those who wait in line know at once", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 3 })
    const answers = Promise.allSettled(
      [...Array(100).keys()].map((index) => asker.send(get(`http://p/?query=${index}`))),
    )
    await settle()
    // Each failure frees a place: the third one begins the pause when five questions have been sent.
    for (const index of [0, 1, 2]) {
      http.calls[index]!.fail(down())
      await settle()
    }
    for (const call of http.calls.slice(3)) call.fail(down())
    expect((await answers).every(({ status }) => status === "rejected")).toBe(true)
    expect(http.calls).toHaveLength(5)
  })

  it("does not keep another backend waiting", async () => {
    const http = createBackends()
    const asker = createAsker(http, { maxConcurrent: 16 })
    for (let attempt = 0; attempt < 3; attempt++) await failing(asker, http)
    const other = asker.send(get("http://q/"))
    await settle()
    http.calls.at(-1)!.answer("")
    expect((await other).status).toBe(200)
  })
})
