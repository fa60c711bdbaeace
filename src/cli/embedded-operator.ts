import { operatorFlags } from "#controller/flags.ts"
import { startHttpServer } from "#controller/http-server.ts"
import { createLog } from "#controller/log.ts"
import { createOperator } from "#controller/operator.ts"
import { createOwnMetrics } from "#controller/own-metrics.ts"
import { settingsFrom } from "#controller/settings.ts"
import { createHttp } from "#net/http.ts"
import { version } from "../version.ts"
import type { FileLog } from "./file-log.ts"
import { parseFlags } from "./flags.ts"

/** The operator as one part of this process. */
export interface EmbeddedOperator {
  /** Of its metrics and health. */
  url: string
  close(): Promise<void>
}

const host = "127.0.0.1"

export async function startEmbeddedOperator(about: {
  kubeconfig: string
  metricsServer: string
  log: FileLog
}): Promise<EmbeddedOperator> {
  const { kubeconfig, metricsServer } = about
  const flags = [
    `-kubeconfig=${kubeconfig}`,
    `-metrics-server=${metricsServer}`,
    "-mesh-provider=gatewayapi:v1",
    "-log-level=info",
    // All that is asked is in the same process.
    "-kubeconfig-qps=1000",
    "-kubeconfig-burst=2000",
  ]
  const settings = settingsFrom(parseFlags(operatorFlags, flags).values, {}, () => undefined)
  const log = createLog({ level: settings.logLevel, encoding: "console", write: about.log.line })
  const metrics = createOwnMetrics({ version, meshProvider: settings.meshProvider })
  const http = createHttp()
  const operator = await createOperator({ settings, log, metrics, http, userAgent: `flagger/${version}` })
  const server = await startHttpServer({ host, port: 0, metrics, notReady: operator.notReady })
  operator.lead()
  return {
    url: `http://${host}:${server.port}`,
    async close() {
      await operator.close()
      await Promise.all([server.close(), http.close()])
    },
  }
}
