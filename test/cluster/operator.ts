import { join } from "node:path"
import { type Child, startChild } from "./child.ts"
import type { Address } from "./client.ts"
import { eventually } from "./eventually.ts"
import { freePorts, operatorUsers, writeKubeconfig } from "./rig.ts"

export interface OperatorOptions {
  metricsServer: string
  /** The only namespace it looks at; all when absent. */
  namespace?: string
  flags?: string[]
  /** Address of something that passes on to the API server. */
  via?: string
}

/** The program of this checkout, as a process. */
export interface Operator {
  /** Its name in the audit log. */
  readonly user: string
  readonly pid: number
  log(): string
  isRunning(): boolean
  /** As if the machine lost its power. */
  kill(): Promise<void>
  /** As Kubernetes asks a pod to end; gives the exit code. */
  stop(): Promise<number | null>
  /** Another process with the same settings. */
  restart(): Promise<void>
}

const program = join(import.meta.dirname, "..", "..", "bin", "flagger.js")
/** Where time passes faster for the tests, it does for the operator. */
const inOurTime = process.env["FASTER"] ? ["--require", join(import.meta.dirname, "..", "sandbox", "faster.cjs")] : []
let used = 0

export async function startOperator(address: Address, options: OperatorOptions): Promise<Operator> {
  const user = operatorUsers[used++ % operatorUsers.length]!
  const kubeconfig = writeKubeconfig(address, user, options.via)
  const [port] = await freePorts(1)
  const args = [
    ...inOurTime,
    program,
    "operator",
    `-kubeconfig=${kubeconfig}`,
    `-metrics-server=${options.metricsServer}`,
    "-mesh-provider=istio",
    "-cluster-name=rig",
    `-port=${port}`,
    ...(options.namespace ? [`-namespace=${options.namespace}`] : []),
    ...(options.flags ?? []),
  ]
  let child: Child

  async function start(): Promise<void> {
    child = startChild(address.folder, { name: `${user}-${port}`, command: process.execPath, args })
    await eventually(`${user} is up`, async () => {
      if (!child.isRunning()) throw new Error(`the operator ended:\n${child.log().slice(-2000)}`)
      return isUp(port!)
    })
  }

  await start()
  return {
    user,
    get pid() {
      return child.pid
    },
    log: () => child.log(),
    isRunning: () => child.isRunning(),
    kill: async () => void (await child.end("SIGKILL")),
    stop: async () => (await child.end("SIGTERM")).code,
    restart: start,
  }
}

const isUp = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/readyz`).then(
    (answer) => answer.ok,
    () => false,
  )
