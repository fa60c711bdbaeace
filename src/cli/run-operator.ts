import { randomUUID } from "node:crypto"
import { once } from "node:events"
import { hostname } from "node:os"
import { startHttpServer } from "#controller/http-server.ts"
import { createLog, type Log } from "#controller/log.ts"
import { createOperator, type Operator } from "#controller/operator.ts"
import { createOwnMetrics } from "#controller/own-metrics.ts"
import type { Settings } from "#controller/settings.ts"
import { runAsLeader } from "#kube/lease.ts"
import { createHttp } from "#net/http.ts"
import { revision, version } from "../version.ts"

/** Runs until SIGTERM or SIGINT; a second signal ends the process at once. */
export async function runOperator(settings: Settings, ignoredArguments: readonly string[]): Promise<number> {
  const log = createLog({ level: settings.logLevel, encoding: settings.logEncoding })
  if (ignoredArguments.length > 0) {
    log.warn(`Arguments from ${JSON.stringify(ignoredArguments[0])} on are ignored; write -flag=value for switches`)
  }
  log.info(`Starting flagger version ${version} revision ${revision} mesh provider ${settings.meshProvider}`)
  survive(log)
  const stopped = stopSignal()
  const metrics = createOwnMetrics({ version, meshProvider: settings.meshProvider })
  const http = createHttp()
  try {
    let notReady: Operator["notReady"] = () => "the cluster is not connected yet"
    const server = await startHttpServer({ port: settings.port, metrics, notReady: () => notReady() })
    const operator = await createOperator({ settings, log, metrics, http, userAgent: `flagger/${version}` })
    notReady = operator.notReady
    const code = await act(operator, settings, log, stopped)
    log.info("Shutting down operator workers")
    await Promise.all([server.close(), http.close()])
    return code
  } catch (error) {
    log.fatal(error instanceof Error ? error.message : String(error), { error })
    await http.close()
    process.exit(1)
  }
}

/** Leads at once, or when elected; ends with the signal or, with an error, when the lead is lost. */
async function act(operator: Operator, settings: Settings, log: Log, stopped: AbortSignal): Promise<number> {
  if (!settings.leaderElection) {
    operator.lead()
    await aborted(stopped)
    await operator.close()
    return 0
  }
  const api = operator.leaseApi()
  await runAsLeader({
    api,
    namespace: settings.leaderElection.namespace,
    identity: `${hostname()}_${randomUUID()}`,
    onStart: () => {
      log.info("Acting as elected leader")
      operator.lead()
    },
    onStop: async (why) => {
      if (stopped.aborted) return operator.close()
      log.error(`Leadership lost: ${why}`)
      // Whoever leads now must not be disturbed: nothing is finished here.
      process.exit(1)
    },
    signal: stopped,
    log: (text, error) => log.warn(error === undefined ? text : `${text}: ${String(error)}`),
  })
  await operator.close()
  await api.close()
  return 0
}

/** A mistake in one step must not end the work for all canaries. */
function survive(log: Log): void {
  process.on("unhandledRejection", (error) => log.error(`Unexpected: ${String(error)}`, { error }))
}

function stopSignal(): AbortSignal {
  const stop = new AbortController()
  const signals = ["SIGTERM", "SIGINT"] as const
  for (const signal of signals) process.on(signal, () => (stop.signal.aborted ? process.exit(1) : stop.abort()))
  return stop.signal
}

const aborted = async (signal: AbortSignal): Promise<void> => {
  if (!signal.aborted) await once(signal, "abort")
}
