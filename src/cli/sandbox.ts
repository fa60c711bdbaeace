import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { crds } from "#api/crds.ts"
import type { KubeObject } from "#api/objects.ts"
import { yamlDocuments } from "#kube/yaml.ts"
import { readImages } from "#sandbox/kubelet/image-file.ts"
import { scenarios } from "#sandbox/scenarios/registry.ts"
import { kubeconfigOf, type Sandbox, startSandbox } from "#sandbox/start.ts"
import { type Demo, startDemo } from "./demo.ts"
import { type EmbeddedOperator, startEmbeddedOperator } from "./embedded-operator.ts"
import { createFileLog } from "./file-log.ts"
import { FlagError, parseFlags, usageOf } from "./flags.ts"
import type { Out } from "./out.ts"
import { packageFolder } from "./package-folder.ts"
import { sandboxFlags } from "./sandbox-flags.ts"

/** `flagger sandbox`: a cluster, an operator and a release to look at, all in this process. */
export async function sandbox(args: readonly string[], out: Out): Promise<number> {
  try {
    const { values, rest, helpWanted } = parseFlags(sandboxFlags, args)
    if (helpWanted) {
      out.stdout(usage())
      return 0
    }
    if (rest.length > 0) throw new FlagError(`unexpected argument ${JSON.stringify(rest[0])}`)
    if (values.scenario && !scenarios.has(values.scenario)) {
      throw new FlagError(`no scenario is called ${JSON.stringify(values.scenario)}`)
    }
    refuseOdd(values)
    return await run(values, out)
  } catch (error) {
    const isUsage = error instanceof FlagError
    const why = error instanceof Error ? error.message : String(error)
    out.stderr(`flagger sandbox: ${why}\n${isUsage ? usage() : ""}`)
    return isUsage ? 2 : 1
  }
}

function refuseOdd(values: Values): void {
  for (const name of ["port", "api-port"] as const) {
    const port = values[name]
    if (port < 0 || port > 65_535) throw new FlagError(`-${name}=${port} is not a port: use a number up to 65535`)
  }
  if (values.rate < 1) throw new FlagError(`-rate=${values.rate} makes no traffic: use 1 or more`)
}

const usage = (): string =>
  [
    usageOf("flagger sandbox", sandboxFlags),
    "Scenarios:\n",
    ...[...scenarios.values()].map(({ name, about }) => `  ${name.padEnd(10)} ${about}\n`),
  ].join("")

type Values = ReturnType<typeof parseFlags<typeof sandboxFlags>>["values"]

async function run(values: Values, out: Out): Promise<number> {
  const stop = new AbortController()
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => (stop.signal.aborted ? process.exit(1) : stop.abort()))
  }
  const folder = values["data-dir"] || mkdtempSync(join(tmpdir(), "flagger-sandbox-"))
  mkdirSync(folder, { recursive: true })
  const log = createFileLog(join(folder, "sandbox.log"))
  const running: { close(): Promise<void> }[] = []
  try {
    const cluster = await startSandbox({
      crds,
      log: log.write,
      // One thread helps the garbage collector: there may be many of it.
      demoApp: [process.execPath, "--v8-pool-size=1", join(packageFolder(), "dist", "demo-app.cjs")],
      apiPort: values["api-port"],
      gatewayPort: values.port,
      ...(values["data-dir"] ? { dataDir: folder } : {}),
      ...(values.images ? { images: readImages(readFileSync(values.images, "utf8")) } : {}),
    })
    running.push(cluster)
    const kubeconfig = join(folder, "kubeconfig")
    writeFileSync(kubeconfig, JSON.stringify(kubeconfigOf(cluster), null, 2), { mode: 0o600 })
    const operator = await startEmbeddedOperator({ kubeconfig, metricsServer: cluster.prometheus.url, log })
    running.push(operator)
    return await show({ values, out, cluster, operator, kubeconfig, signal: stop.signal, running, folder })
  } finally {
    for (const part of running.toReversed()) await part.close()
    if (!values["data-dir"]) rmSync(folder, { recursive: true, force: true })
  }
}

interface Show {
  values: Values
  out: Out
  cluster: Sandbox
  operator: EmbeddedOperator
  kubeconfig: string
  folder: string
  running: { close(): Promise<void> }[]
  signal: AbortSignal
}

async function show({ values, out, cluster, operator, kubeconfig, folder, running, signal }: Show): Promise<number> {
  const objects = examples()
  out.stdout(
    heading([
      ["kubectl", `export KUBECONFIG=${kubeconfig}`],
      ["the shop", `http://shop.localhost:${cluster.gateway.port}/`],
      ["gateway", cluster.gateway.url],
      ["api server", cluster.api.url],
      ["prometheus", cluster.prometheus.url],
      ["operator", `${operator.url}/metrics`],
      ["log", join(folder, "sandbox.log")],
    ]),
  )
  if (values["no-demo"]) {
    await aborted(signal)
    return 0
  }
  const demo: Demo = startDemo({
    cluster,
    objects,
    out,
    rate: values.rate,
    signal,
    isTerminal: process.stdout.isTTY === true,
  })
  running.push(demo)
  if (values.scenario) return demo.scenario(scenarios.get(values.scenario)!)
  await demo.tour()
  return 0
}

const heading = (rows: readonly (readonly [string, string])[]): string =>
  [
    "",
    "A Kubernetes cluster in this process, with the operator at work. Ctrl-C ends it.",
    "",
    ...rows.map(([name, value]) => `  ${name.padEnd(11)} ${value}`),
    "",
    "",
  ].join("\n")

/** The demo's manifests, in the order in which they are applied. */
function examples(): KubeObject[] {
  const folder = join(packageFolder(), "examples", "sandbox")
  return ["shop.yaml", "canary.yaml"].flatMap(
    (file) => yamlDocuments(readFileSync(join(folder, file), "utf8")) as KubeObject[],
  )
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true }),
  )
