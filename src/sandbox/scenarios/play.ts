import type { Canary } from "#api/canary.ts"
import { type KubeObject, refOf } from "#api/objects.ts"
import type { Clock, Cluster } from "../contract.ts"
import { followReleases, type Told } from "../live/follow.ts"
import { createTally, type Seen } from "../live/tally.ts"
import { openGates } from "./gate-server.ts"
import type { Report, Scenario, Stage } from "./scenario.ts"

export interface Play {
  cluster: Cluster
  clock: Clock
  scenario: Scenario
  /** Of the demo: the workload, what is around it, and its Canary. */
  objects: readonly KubeObject[]
  /** Whatever clients see, from here on. Returns how to stop listening. */
  listen(seen: (one: Seen) => void): () => void
  /** Requests that were only copies, so far. */
  mirrored(): number
  say(text: string): void
  signal?: AbortSignal
}

/** The signal came before the end. */
export class CalledOff extends Error {
  override readonly name = "CalledOff"
  constructor() {
    super("it was called off")
  }
}

const LONGEST_MS = 300_000
/** How long clients are watched after the end. */
const AFTERWARDS_MS = 4000
const ends = new Set(["Succeeded", "Failed"])

/** Plays a scenario to its end, and tells what was seen. Throws when it comes to none. */
export async function play(options: Play): Promise<Report> {
  const { cluster, clock, scenario, say } = options
  const gates = await openGates()
  const whole = createTally()
  const test = createTally()
  const after = createTally()
  const events: Told[] = []
  const phases: string[] = []
  const weights: number[] = []
  const waiting = new Set<() => void>()
  let beganMs = Number.POSITIVE_INFINITY
  let endedMs: number | undefined
  let isTested = false

  const following = followReleases(cluster, {
    told: ({ text, ...about }) => {
      events.push({ ...about, text, atMs: clock.now() })
      // In rounds the new version gets everybody once it has passed its tests.
      if (/(rout\w+ all traffic to canary)/i.test(text)) isTested = true
    },
    moved({ phase, weights: { canary } }) {
      if (phases.at(-1) !== phase) phases.push(phase)
      if (weights.at(-1) !== canary) weights.push(canary)
      for (const look of waiting) look()
    },
  })
  const stopListening = options.listen((seen) => {
    if (seen.atMs < beganMs) return
    whole.add(seen)
    if (!isTested && !phases.includes("Promoting")) test.add(seen)
    if (endedMs !== undefined && seen.atMs - seen.durationMs > endedMs) after.add(seen)
  })

  const until = (what: string, holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        waiting.delete(look)
        forget()
        settle()
      }
      const forget = clock.after(LONGEST_MS, () =>
        end(() => reject(new Error(`not within ${LONGEST_MS / 1000} s: ${what}`))),
      )
      const look = () => {
        if (options.signal?.aborted) end(() => reject(new CalledOff()))
        else if (holds()) end(resolve)
      }
      options.signal?.addEventListener("abort", look, { once: true })
      waiting.add(look)
      look()
    })

  const stage: Stage = {
    gate: gates.address,
    open: gates.open,
    say,
    reaches: (phase) => until(`the release is ${phase}`, () => phases.includes(phase)),
  }

  try {
    const canary = options.objects.find(({ kind }) => kind === "Canary") as Canary
    for (const object of options.objects) {
      // What an earlier scenario has left stays; only how it is released changes.
      if (object === canary) ensure(cluster, scenario.canary?.(canary, stage) ?? canary)
      else if (!cluster.get(refOf(object))) cluster.create(object)
    }
    const ready = ["Initialized", ...ends]
    await until("the first version is ready", () => ready.includes(phases.at(-1) ?? ""))
    const versions = release(cluster, options.objects, scenario)
    beganMs = clock.now()
    phases.length = 0
    weights.length = 0
    say(`version ${versions.after} is released`)
    await scenario.play?.(stage)
    await until("the release has an end", () => ends.has(phases.at(-1) ?? ""))
    endedMs = clock.now()
    const mirrored = options.mirrored()
    await new Promise<void>((resolve) => clock.after(AFTERWARDS_MS, resolve))
    return {
      phase: phases.at(-1)!,
      beganMs,
      endedMs,
      weights,
      versions,
      mirrored,
      phases,
      totals: whole.totals(),
      duringTest: test.totals(),
      afterwards: after.totals(),
      events: events.filter(({ atMs }) => atMs >= beganMs),
    }
  } finally {
    following.stop()
    stopListening()
    gates.close()
  }
}

/** Makes it as it is wanted, whether it is there or not. */
export function ensure(cluster: Cluster, object: KubeObject): void {
  const ref = refOf(object)
  if (cluster.get(ref)) cluster.patch(ref, object)
  else cluster.create(object)
}

interface Variable {
  name: string
  value: string
}

/** Changes the environment of the workload: the next version, and how it behaves. */
function release(
  cluster: Cluster,
  objects: readonly KubeObject[],
  scenario: Pick<Scenario, "release">,
): { before: string; after: string } {
  const ref = refOf(objects.find(({ kind }) => kind === "Deployment")!)
  const { spec } = cluster.get(ref)!
  const [container] = spec.template.spec.containers
  const env: Variable[] = container.env ?? []
  const before = env.find(({ name }) => name === "VERSION")?.value ?? "1.0.0"
  const after = `${Number.parseInt(before, 10) + 1}.0.0`
  const wanted = { VERSION: after, ...scenario.release }
  const changed = Object.entries(wanted).map(([name, value]): Variable => ({ name, value }))
  cluster.patch(ref, { spec: { template: { spec: { containers: [{ ...container, env: changed }] } } } })
  return { before, after }
}
