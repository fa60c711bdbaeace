/**
 * The sandbox's gateway beside a direct connection: how many requests, how fast, how exactly by weight, and whether
 * changes of the weights cost anybody a request. Pods and load are processes of their own.
 *
 *     npm run bench:gateway -- [--seconds 5] [--connections 50] [--rate 1000] [--json FILE]
 */
import { type ChildProcess, fork } from "node:child_process"
import { once } from "node:events"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { setTimeout as pause } from "node:timers/promises"
import { parseArgs } from "node:util"
import { systemClock } from "#sandbox/contract.ts"
import * as make from "#sandbox/gateway/objects.test-support.ts"
import { smallCluster } from "#sandbox/gateway/small-cluster.test-support.ts"
import { startGateway } from "#sandbox/gateway/start.ts"
import { reportText } from "#sandbox/traffic/report-text.ts"
import type { Report } from "#sandbox/traffic/traffic.ts"
import type { Order } from "./gateway-client.ts"

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "5" },
    connections: { type: "string", default: "50" },
    rate: { type: "string", default: "1000" },
    json: { type: "string" },
  },
})
const [seconds, connections, rate] = [Number(values.seconds), Number(values.connections), Number(values.rate)] as const
if (!(seconds > 0 && connections > 0 && rate > 0)) throw new Error("--seconds, --connections and --rate are numbers")

const WEIGHT_CHANGES = 100
const COUNTED_REQUESTS = 10_000
const host = "shop.example.com"
const children: ChildProcess[] = []

const pods = await Promise.all(
  ["primary", "canary"].map(async (version) => ({ version, port: await startPod(version) })),
)
const route = (canary: number) => make.route({ hostnames: [host], rules: [make.split(100 - canary, canary)] })
const cluster = smallCluster(
  make.gatewayClass(),
  make.gateway(),
  route(50),
  ...pods.flatMap(({ version, port }) => [
    make.service(`shop-${version}`),
    make.slice(`shop-${version}`, [{ pod: `shop-${version}-1`, port }]),
  ]),
)
const gateway = await startGateway({ cluster, clock: systemClock, host: "127.0.0.1", port: 0 })
const client = await child("gateway-client.ts")
try {
  const figures = await measure()
  print(figures)
  if (values.json) writeFileSync(values.json, JSON.stringify({ seconds, connections, rate, ...figures }, null, 2))
} finally {
  await gateway.close()
  for (const one of children) one.disconnect()
}

async function measure() {
  const direct = `http://127.0.0.1:${pods[0]!.port}`
  const fast = (url: string) => load({ url, host, ratePerSecond: 0, connections, seconds })
  const calm = (url: string) => load({ url, host, ratePerSecond: rate, connections, seconds })
  // A first round, so that nobody is measured while being compiled.
  for (const url of [direct, gateway.url]) await load({ url, host, ratePerSecond: 0, connections, seconds: 1 })
  const cpu = process.cpuUsage()
  const fastThrough = await fast(gateway.url)
  const { user, system } = process.cpuUsage(cpu)
  return {
    fast: { direct: await fast(direct), through: fastThrough },
    gatewayMicrosecondsPerRequest: (user + system) / fastThrough.requests,
    calm: { direct: await calm(direct), through: await calm(gateway.url) },
    changing: await whileWeightsChange(),
    shares: [await shareAt(5), await shareAt(10), await shareAt(33), await shareAt(50)],
  }
}

async function whileWeightsChange() {
  const pending = load({ url: gateway.url, host, ratePerSecond: 0, connections, seconds })
  for (let change = 1; change <= WEIGHT_CHANGES; change++) {
    await pause((seconds * 900) / WEIGHT_CHANGES)
    setWeight(change % 101)
  }
  return pending
}

async function shareAt(weight: number) {
  setWeight(weight)
  // The gateway takes changes up at the end of the turn.
  await pause(10)
  const report = await load({ url: gateway.url, host, ratePerSecond: 0, connections, requests: COUNTED_REQUESTS })
  const canary = report.byVersion["canary"]?.requests ?? 0
  return { weight, requests: report.requests, share: (100 * canary) / report.requests }
}

function setWeight(canary: number): void {
  const { kind, apiVersion, metadata } = route(canary)
  const live = cluster.get({ apiVersion, kind, namespace: metadata.namespace!, name: metadata.name })!
  cluster.update({ ...live, spec: route(canary).spec })
}

async function load(order: Order): Promise<Report> {
  client.send(order)
  return ((await once(client, "message")) as [Report])[0]
}

async function startPod(version: string): Promise<number> {
  const pod = await child("gateway-pod.ts", version)
  return ((await once(pod, "message")) as [number])[0]
}

async function child(file: string, ...args: string[]): Promise<ChildProcess> {
  const started = fork(join(import.meta.dirname, file), args)
  children.push(started)
  await once(started, "spawn")
  return started
}

function print(figures: Awaited<ReturnType<typeof measure>>): void {
  const { fast, calm, changing, shares, gatewayMicrosecondsPerRequest } = figures
  const row = (name: string, { answersPerSecond, latency, failed }: Report) =>
    [
      name.padEnd(34),
      answersPerSecond.toFixed(0).padStart(10),
      latency.p50Ms.toFixed(2).padStart(8),
      latency.p99Ms.toFixed(2).padStart(8),
      String(failed).padStart(7),
    ].join("  ")
  console.log(
    [
      `${"".padEnd(34)}  ${"requests/s".padStart(10)}  ${"p50 ms".padStart(8)}  ${"p99 ms".padStart(8)}  ${"failed".padStart(7)}`,
      row(`${connections} users, direct`, fast.direct),
      row(`${connections} users, gateway`, fast.through),
      row(`${rate} requests/s, direct`, calm.direct),
      row(`${rate} requests/s, gateway`, calm.through),
      row(`${WEIGHT_CHANGES} changes of weight, gateway`, changing),
      "",
      `The gateway takes ${gatewayMicrosecondsPerRequest.toFixed(0)} µs of CPU for a request.`,
      `Share of ${COUNTED_REQUESTS} requests: ${shares.map(({ weight, share }) => `${share.toFixed(2)} % at weight ${weight}`).join(", ")}.`,
      "",
      `While the weights changed:\n\n${reportText(changing)}`,
    ].join("\n"),
  )
}
