import { createServer, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

/** What a query gives: a number, or no values at all. */
export type Value = number | "nothing"
/** Success rate in percent, duration in milliseconds. */
export interface Metrics {
  success: Value
  duration: Value
}
export type Reply = number | { status: number; body: string } | "silence"
export type Answer = Reply | ((payload: Record<string, unknown>) => Reply | Promise<Reply>)

export interface Call {
  name: string
  payload: Record<string, unknown>
}

/** The world outside the cluster: a Prometheus, and receivers of hooks. */
export interface Outside {
  /** Of the Prometheus. */
  url: string
  /** Of a Prometheus behind which something else answers. */
  nonsenseUrl: string
  /** Sets what queries about a namespace give. */
  metrics(namespace: string, values: Partial<Metrics>): void
  /** Makes a hook and gives its address. It says yes unless told otherwise. */
  hook(namespace: string, name: string, answer?: Answer): string
  calls(namespace: string, name?: string): Call[]
  close(): void
}

const healthy: Metrics = { success: 99.9, duration: 50 }

export async function openOutside(): Promise<Outside> {
  const values = new Map<string, Metrics>()
  const answers = new Map<string, Answer>()
  const calls: (Call & { namespace: string })[] = []

  async function serve(path: string, body: string, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(path, "http://outside")
    const [, first, namespace = "", name = ""] = pathname.split("/")
    if (first === "nonsense") return send(response, { status: 200, body: "<html>Welcome to the portal</html>" })
    if (first === "hook") {
      const payload = JSON.parse(body) as Record<string, unknown>
      calls.push({ namespace, name, payload })
      const answer = answers.get(`${namespace}/${name}`) ?? 200
      return send(response, typeof answer === "function" ? await answer(payload) : answer)
    }
    const query = searchParams.get("query") ?? new URLSearchParams(body).get("query") ?? ""
    return send(response, result(valueOf(query)))
  }

  function valueOf(query: string): Value {
    if (query === "vector(1)") return 1
    const about = longest([...values.keys()].filter((namespace) => query.includes(namespace)))
    const { success, duration } = values.get(about) ?? healthy
    if (!query.includes("histogram_quantile")) return success
    const asksForSeconds = /(?<!milli)seconds_bucket/.test(query)
    return asksForSeconds && typeof duration === "number" ? duration / 1000 : duration
  }

  const server = createServer(async (request, response) => {
    const body = await request.toArray().then(
      (chunks) => Buffer.concat(chunks).toString(),
      () => "",
    )
    await serve(request.url ?? "/", body, response)
  })
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return {
    url,
    nonsenseUrl: `${url}/nonsense`,
    metrics: (namespace, changes) => void values.set(namespace, { ...(values.get(namespace) ?? healthy), ...changes }),
    hook: (namespace, name, answer = 200) => {
      answers.set(`${namespace}/${name}`, answer)
      return `${url}/hook/${namespace}/${name}`
    },
    calls: (namespace, name) =>
      calls.filter((call) => call.namespace === namespace && (name === undefined || call.name === name)),
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const longest = (texts: string[]): string => texts.toSorted((a, b) => b.length - a.length)[0] ?? ""

function result(value: Value): Reply {
  const found = value === "nothing" ? [] : [{ metric: {}, value: [Date.now() / 1000, String(value)] }]
  return { status: 200, body: JSON.stringify({ status: "success", data: { resultType: "vector", result: found } }) }
}

function send(response: ServerResponse, reply: Reply): void {
  if (reply === "silence") return
  const { status, body } = typeof reply === "number" ? { status: reply, body: "" } : reply
  response.writeHead(status, { "content-type": body.startsWith("{") ? "application/json" : "text/plain" }).end(body)
}
