import type { HeaderList } from "./headers.ts"
import type { Asked } from "./matches.ts"
import { location } from "./paths.ts"
import type { CompiledRule, Destination, Share } from "./rules.ts"
import { pinned, type Pinned } from "./sessions.ts"
import { candidateFor, type RoutingTable } from "./table.ts"

/** What is done with a request: it is answered here, or sent to a pod of a Service. */
export type Decision = { answer: Answer } | { forward: Forward }

export interface Answer {
  status: number
  headers: HeaderList
  text: string
  /** Empty where no route was found. */
  route: string
}
export interface Forward {
  /** Empty where a Service was asked directly. */
  route: string
  rule?: CompiledRule
  share: Share
  /** The path prefix that was matched. */
  prefix: string
  /** The client has been with this endpoint before. */
  pinned?: Pinned
}

export interface Request extends Asked {
  /** As the client wrote it. */
  host: string
}

export function decide(table: RoutingTable, request: Request): Decision {
  if (!request.path.startsWith("/")) return failure("", 400, `cannot serve ${request.method} ${request.path}`)
  const site = table.site(request.host)
  if (!site) return failure("", 404, `no route for host ${request.host}`)
  if ("service" in site) return forward(table, { route: "", share: direct(table, site.service), prefix: "" })
  const candidate = candidateFor(site.candidates, request)
  if (!candidate) return failure("", 404, `no route for ${request.method} ${request.host}${request.path}`)
  const { rule, prefix } = candidate
  return preflight(rule, request) ?? redirect(rule, request, prefix) ?? shared(table, rule, request, prefix)
}

function shared(table: RoutingTable, rule: CompiledRule, request: Request, prefix: string): Decision {
  const { route } = rule
  if (rule.problem) return failure(route, 500, `route ${route}: ${rule.problem}`)
  const session = rule.session && pinned(rule, rule.session, table, request.source.headers)
  const share = session?.share ?? rule.shares[rule.choose()]
  if (!share) return failure(route, 500, `route ${route} sends requests nowhere`)
  return forward(table, { route, rule, share, prefix, pinned: session })
}

function forward(table: RoutingTable, way: Forward): Decision {
  const { route, share } = way
  if (!share.to) return failure(route, 500, `route ${route} names something that it cannot use`)
  const { service, port } = share.to
  const backends = table.backends.get(service)
  if (!backends) return failure(route, 500, `Service ${service} does not exist`)
  if (port !== undefined && !backends.ports.has(port)) {
    return failure(route, 500, `Service ${service} has no port ${port}`)
  }
  return { forward: way }
}

/** The port in a Host header is often the gateway's own, so one that the Service lacks means nothing. */
function direct({ backends }: RoutingTable, { service, port }: Destination): Share {
  const known = port !== undefined && backends.get(service)?.ports.has(port) ? port : undefined
  return { weight: 1, to: { service, port: known }, requestEdits: [], responseEdits: [], mirrors: [] }
}

function preflight({ cors, route }: CompiledRule, { method, source }: Request): Decision | undefined {
  if (!cors || method !== "OPTIONS") return undefined
  const { origin, "access-control-request-method": asked } = source.headers
  if (typeof origin !== "string" || typeof asked !== "string") return undefined
  const wanted = source.headers["access-control-request-headers"]
  const headers = cors.preflight({ origin, method: asked, headers: typeof wanted === "string" ? wanted : "" })
  return { answer: { route, status: 204, headers, text: "" } }
}

function redirect({ redirect: to, route }: CompiledRule, request: Request, prefix: string): Decision | undefined {
  if (!to) return undefined
  const headers = ["location", location(to, { ...request, prefix })]
  return { answer: { route, status: to.statusCode ?? 302, headers, text: "" } }
}

const failure = (route: string, status: number, text: string): Decision => ({
  answer: { route, status, headers: [], text },
})
