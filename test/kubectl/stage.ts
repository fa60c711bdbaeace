import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildSync } from "esbuild"
import { crds } from "#api/crds.ts"
import { startApiServer } from "#sandbox/apiserver/server.ts"
import { systemClock } from "#sandbox/contract.ts"
import { startControllers } from "#sandbox/controllers/start.ts"
import { startKubelet } from "#sandbox/kubelet/start.ts"

export interface Stage {
  /** Where kubectl finds the way to the cluster, in the file `kubeconfig`, and keeps what it learns. */
  folder: string
  close(): Promise<void>
}

/** A cluster that runs pods as processes, with the definition of canaries. */
export async function openStage(): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), "flagger-kubectl-"))
  const demoApp = join(folder, "demo-app.mjs")
  const entry = join(import.meta.dirname, "../../src/sandbox/app/main.ts")
  buildSync({ entryPoints: [entry], bundle: true, platform: "node", format: "esm", outfile: demoApp })
  const clock = systemClock
  const log = (what: string, error: unknown) => console.error(`sandbox: ${what}:`, error)
  const { cluster, kinds, url, close } = await startApiServer({
    onError: (error) => log("API server", error),
    logsOf: ({ metadata }, container, options) =>
      kubelet.logsOf(`${metadata.namespace}/${metadata.name}`, container, options),
  })
  for (const crd of crds) cluster.create(crd)
  const controllers = startControllers({ cluster, clock, kinds, usage: () => undefined, onError: log })
  const kubelet = startKubelet({ cluster, clock, log, demoApp: [process.execPath, demoApp] })
  writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig(url)))
  return {
    folder,
    async close() {
      controllers.stop()
      await kubelet.stop()
      await close()
      rmSync(folder, { recursive: true, maxRetries: 5 })
    },
  }
}

const kubeconfig = (server: string): object => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "sandbox", cluster: { server } }],
  contexts: [{ name: "sandbox", context: { cluster: "sandbox", user: "" } }],
  "current-context": "sandbox",
})
