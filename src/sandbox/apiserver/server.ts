import { randomBytes } from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { type Clock, type Cluster, type Kind, systemClock } from "../contract.ts"
import { builtIn } from "../kinds/registry.ts"
import { schemaOf } from "../kinds/schemas.ts"
import { administrator, type User } from "./access.ts"
import { createAddresses } from "./addresses.ts"
import { createCatalogue, familyOf } from "./catalogue.ts"
import { createCluster } from "./cluster.ts"
import { convertedWrites } from "./converted-writes.ts"
import { definitions, serveDefinitions } from "./definitions.ts"
import { sendRefusal } from "./exchange.ts"
import type { LogsOf } from "./call.ts"
import { createHandler, type RequestInfo } from "./handler.ts"
import { actingUser } from "./impersonation.ts"
import { openJournal, storedIn } from "./journal.ts"
import { Refusal, unauthorized } from "./refusal.ts"
import { apiVersionOf } from "./resource.ts"
import { reviews } from "./reviews.ts"
import { seed } from "./seed.ts"
import { createStore } from "./store.ts"
import { createWrites } from "./writes.ts"

export interface ApiServerOptions {
  /** A free one when absent. */
  port?: number
  /** Where objects are kept; in memory only when absent. */
  dataDir?: string
  /** Who may come, by their tokens. */
  tokens?: ReadonlyMap<string, User>
  /**
   * Who comes without a token. Everybody who can reach a loopback address may do everything, unless told otherwise: kubectl
   * sends no tokens without TLS.
   */
  withoutToken?: User
  clock?: Clock
  logsOf?: LogsOf
  /** Hears of every request when it is answered. */
  onRequest?: (request: RequestInfo) => void
  /** For what must not happen: a mistake of this program. */
  onError?: (error: unknown) => void
}

export interface ApiServer {
  url: string
  /** May do everything. */
  adminToken: string
  cluster: Cluster
  /** All kinds whose objects are kept. */
  kinds(): Kind[]
  close(): Promise<void>
}

/** The API of a Kubernetes cluster, over HTTP on a loopback address. */
export async function startApiServer(options: ApiServerOptions = {}): Promise<ApiServer> {
  const clock = options.clock ?? systemClock
  const onError = options.onError ?? (() => {})
  const store = createStore(options.dataDir === undefined ? undefined : storedIn(options.dataDir))
  const journal = options.dataDir === undefined ? undefined : openJournal(options.dataDir, store)
  const virtual = reviews(schemaOf)
  const catalogue = createCatalogue([...builtIn(), ...virtual.map(({ resource }) => resource)])
  const place = { ...createAddresses(store), definitions: () => store.list(definitions) }
  const writes = convertedWrites(createWrites({ store, catalogue, clock, place }), catalogue)

  serveDefinitions({ store, catalogue, writes })
  const cluster = createCluster({ store, catalogue, writes, clock })
  seed(cluster)

  const adminToken = randomBytes(24).toString("base64url")
  const userOfToken = (token: string): User | undefined =>
    token === adminToken ? administrator : options.tokens?.get(token)
  const handle = createHandler({
    store,
    catalogue,
    writes,
    clock,
    reviews: new Map(virtual.map((review) => [review.resource, review])),
    userOfToken,
    logsOf: options.logsOf,
    written: journal ? () => journal.written() : undefined,
  })

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now()
    try {
      refuseOtherHosts(request)
      const sender = userOf(request, userOfToken, options.withoutToken ?? administrator)
      const user = actingUser(sender, request, store)
      const info = await handle(request, response, user)
      if (options.onRequest && info) {
        options.onRequest({ ...info, code: response.statusCode, durationMs: performance.now() - began })
      }
    } catch (error) {
      const isOurs = !(error instanceof Error && "status" in error)
      if (isOurs) onError(error)
      sendRefusal(response, error, request.headers.accept === "application/yaml")
    }
  }

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => void serve(request, response))
  server.requestTimeout = 0
  await new Promise<void>((listening, failed) => {
    server.once("error", failed)
    server.listen(options.port ?? 0, "127.0.0.1", listening)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    adminToken,
    cluster,
    kinds: () => {
      const kept = catalogue.all().filter((resource) => !virtual.some((review) => review.resource === resource))
      const families = new Set(kept.map(familyOf))
      const stored = [...families].map((family) => catalogue.stored(family)!)
      return stored.map((resource) => ({ apiVersion: apiVersionOf(resource), kind: resource.kind }))
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await journal?.close()
    },
  }
}

function userOf(
  { headers }: IncomingMessage,
  userOfToken: (token: string) => User | undefined,
  withoutToken: User,
): User {
  const { authorization } = headers
  if (!authorization) return withoutToken
  const user = userOfToken(authorization.replace(/^Bearer\s+/i, ""))
  if (!user) throw unauthorized()
  return user
}

const loopback = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/

/** A web page that has made its own name point to this machine must not get in. */
function refuseOtherHosts({ headers }: IncomingMessage): void {
  if (headers.host && !loopback.test(headers.host)) {
    throw new Refusal(403, "Forbidden", `host ${JSON.stringify(headers.host)} is not a name of this machine`)
  }
}
