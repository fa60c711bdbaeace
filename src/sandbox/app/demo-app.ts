import { createServer, type Server } from "node:http"
import { hostname } from "node:os"
import { setTimeout as wait } from "node:timers/promises"
import { behaviourFrom, type Environment, isSet } from "./behaviour.ts"
import { answering, type App } from "./requests.ts"

const USUAL_PORT = "8080"
// Long enough for the sandbox's gateway to see that it goes.
const USUAL_DRAIN_MS = "200"

/**
 * The demo app: a small web service that can be told to misbehave. Its environment:
 * `HOST`, `PORT` or `PORTS` say where it listens; `VERSION` (or `IMAGE_TAG`), `COLOR` and `MESSAGE` what it shows;
 * `ERROR_SHARE`, `DELAY_MS` and `NEVER_READY` how it answers (see `Behaviour`); `START_DELAY_MS`, `CRASH_AT_START`,
 * `CRASH_AFTER_MS` and `MEMORY_MB` how it runs; `DRAIN_MS` how long it still takes requests after SIGTERM.
 * Resolves when it has ended.
 */
export async function runDemoApp(env: Environment): Promise<void> {
  const app: App = { behaviour: behaviourFrom(env), hostname: env["HOSTNAME"] ?? hostname(), isEnding: false }
  if (isSet(env["CRASH_AT_START"])) return crash("told to crash at its start")
  const terminated = new Promise<void>((done) => process.once("SIGTERM", done).once("SIGINT", done))
  const hoard = Buffer.alloc(Number(env["MEMORY_MB"] ?? 0) * 1024 * 1024, 1)
  const isStopped = await Promise.race([terminated.then(() => true), wait(Number(env["START_DELAY_MS"] ?? 0))])
  if (isStopped) process.exit(0)
  const host = env["HOST"] ?? "127.0.0.1"
  const ports = (env["PORTS"] ?? env["PORT"] ?? USUAL_PORT).split(",").map(Number)
  const servers = await Promise.all(ports.map((port) => listen(app, host, port)))
  say(`version ${app.behaviour.version} listens on ${ports.map((port) => `http://${host}:${port}`).join(", ")}`)
  if (env["CRASH_AFTER_MS"]) setTimeout(() => crash("told to crash"), Number(env["CRASH_AFTER_MS"])).unref()
  await terminated
  app.isEnding = true
  say(`ends, holding ${hoard.length} bytes and finishing what has begun`)
  await wait(Number(env["DRAIN_MS"] ?? USUAL_DRAIN_MS))
  await Promise.all(servers.map(close))
}

function listen(app: App, host: string, port: number): Promise<Server> {
  const server = createServer(answering(app))
  // Longer than those who keep connections would, so that none is closed under a request.
  server.keepAliveTimeout = 75_000
  return new Promise((done, failed) => {
    server.once("error", failed)
    server.listen(port, host, () => done(server))
  })
}

const close = (server: Server): Promise<void> => new Promise((done) => server.close(() => done()))

function crash(why: string): void {
  say(why)
  process.exit(1)
}

const say = (text: string): void => void process.stdout.write(`${text}\n`)
