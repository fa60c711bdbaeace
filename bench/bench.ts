/**
 * One operator with many canaries on a real control plane: what it costs to initialise them, to have them, and to
 * promote all of them at once.
 *
 *     npm run bench -- --canaries 100 [--provider istio] [--idle 30] [--json FILE]
 */
import { writeFileSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
import { parseArgs } from "node:util"
import { createAuditReader } from "#test/cluster/audit.ts"
import { binaries } from "#test/cluster/binaries.ts"
import { buildProgram } from "#test/cluster/build-program.ts"
import { connect } from "#test/cluster/client.ts"
import { startOperator } from "#test/cluster/operator.ts"
import { openOutside } from "#test/cluster/outside.ts"
import { startRig } from "#test/cluster/rig.ts"
import { createLoad } from "./load.ts"
import { createMeter, type Figures } from "./meter.ts"
import { table } from "./table.ts"

const { values } = parseArgs({
  options: {
    canaries: { type: "string", default: "100" },
    provider: { type: "string", default: "istio" },
    idle: { type: "string", default: "30" },
    json: { type: "string" },
  },
})
const canaries = Number(values.canaries)
const idleSeconds = Number(values.idle)
if (!(canaries > 0 && idleSeconds >= 0)) throw new Error("--canaries and --idle are numbers")

const found = binaries()
if ("missing" in found) throw new Error(found.missing)
buildProgram()
const rig = await startRig(found)
const outside = await openOutside()
try {
  const phases = await measure()
  console.log(`\n${canaries} canaries behind ${values.provider}\n\n${table(canaries, phases)}\n`)
  if (values.json) writeFileSync(values.json, JSON.stringify({ canaries, provider: values.provider, phases }, null, 2))
} finally {
  outside.close()
  await rig.stop()
}

async function measure(): Promise<Record<string, Figures>> {
  const load = await createLoad(connect(rig.address, "rig"), { canaries, provider: values.provider })
  const requests = createAuditReader(rig.address.folder)
  const begun = performance.now()
  const operator = await startOperator(rig.address, {
    metricsServer: outside.url,
    namespace: load.namespace,
    flags: ["-log-level=info"],
  })
  const meter = createMeter(operator, requests, begun)
  const isAlive = () => {
    if (!operator.isRunning()) throw new Error(`the operator ended:\n${operator.log().slice(-2000)}`)
  }
  await load.reach("Initialized", isAlive)
  const initialise = meter.read()
  await pause(idleSeconds * 1000)
  const idle = meter.read()
  await load.pushAll()
  await load.reach("Succeeded", isAlive)
  const promote = meter.read()
  await load.leave()
  return { initialise, idle, promote }
}
