import { type KubeObject, refOf } from "#api/objects.ts"
import { createPrinter } from "#sandbox/live/printer.ts"
import { followReleases } from "#sandbox/live/follow.ts"
import { colours, plain, releaseLine, screen } from "#sandbox/live/screen.ts"
import { createTally, type Seen } from "#sandbox/live/tally.ts"
import { insiderHeader } from "#sandbox/scenarios/ab.ts"
import { CalledOff, play } from "#sandbox/scenarios/play.ts"
import { reportText, verdict } from "#sandbox/scenarios/report-text.ts"
import { scenarios } from "#sandbox/scenarios/registry.ts"
import type { Scenario } from "#sandbox/scenarios/scenario.ts"
import type { Sandbox } from "#sandbox/start.ts"
import { startTraffic } from "#sandbox/traffic/traffic.ts"
import type { Out } from "./out.ts"

export interface DemoOptions {
  cluster: Sandbox
  /** Of `examples/sandbox`. */
  objects: readonly KubeObject[]
  out: Out
  /** Requests per second. */
  rate: number
  isTerminal: boolean
  signal: AbortSignal
}

/** Users who make requests, and somebody who shows on the terminal how they and the releases fare. */
export interface Demo {
  /** One story; gives the exit code. */
  scenario(scenario: Scenario): Promise<number>
  /** A good release and a bad one, and then whatever the user does, until the signal. */
  tour(): Promise<void>
  close(): Promise<void>
}

const insiders = { name: "insiders", share: 10, headers: { [insiderHeader.name]: insiderHeader.value } }
const PATIENCE_MS = 5000
/** Where lines go into a file. */
const WIDE = 120
/** As shells show a program that was ended by Ctrl-C. */
const INTERRUPTED = 130

export function startDemo({ cluster: sandbox, objects, out, rate, isTerminal, signal }: DemoOptions): Demo {
  const { cluster, clock } = sandbox
  const paint = isTerminal ? colours : plain
  const looks = () => ({ paint, columns: (isTerminal && process.stdout.columns) || WIDE })
  const tally = createTally()
  const isKnown = cluster.get(refOf(objects.find(({ kind }) => kind === "Canary")!)) !== undefined
  const listeners = new Set<(seen: Seen) => void>([tally.add])
  let mirrored = 0

  const printer = createPrinter({
    write: out.stdout,
    isTerminal,
    picture: () => screen(following.releases(), tally.lately(clock.now()), looks()),
  })
  const time = (ms: number) => paint.faint(new Date(ms).toTimeString().slice(0, 8))
  const following = followReleases(cluster, {
    told: ({ atMs, text, isWarning }) => printer.line(`${time(atMs)}  ${isWarning ? paint.bad(text) : text}`),
    moved: (release) => {
      if (!isTerminal) printer.line(`${time(clock.now())}  ${releaseLine(release, looks())}`)
    },
  })
  const stopCounting = sandbox.onRequest(({ isMirrored }) => {
    if (isMirrored) mirrored++
  })
  const traffic = startTraffic({
    url: `http://127.0.0.1:${sandbox.gateway.port}/`,
    host: hostOf(objects),
    ratePerSecond: rate,
    profiles: [insiders],
    timeoutMs: PATIENCE_MS,
    onResult: ({ version, status, durationMs, profile }) => {
      const seen = { version, status, durationMs, atMs: clock.now(), isInsider: profile === insiders.name }
      for (const listener of listeners) listener(seen)
    },
  })

  const told = (scenario: Scenario) =>
    play({
      cluster,
      clock,
      scenario,
      objects,
      signal,
      mirrored: () => mirrored,
      say: (text) => printer.line(`${time(clock.now())}  ${paint.strong(text)}`),
      listen(seen) {
        listeners.add(seen)
        return () => void listeners.delete(seen)
      },
    })

  async function scenario(one: Scenario): Promise<number> {
    try {
      const report = await told(one)
      printer.line(`\n${reportText(one, report)}`)
      return verdict(one, report).length === 0 ? 0 : 1
    } catch (error) {
      if (error instanceof CalledOff) return INTERRUPTED
      printer.line(error instanceof Error ? error.message : String(error))
      return 1
    }
  }

  async function tour(): Promise<void> {
    // What is there already, from an earlier start, goes on by itself.
    const stories = isKnown ? [] : ["good", "bad"]
    for (const name of stories) if (!signal.aborted) await scenario(scenarios.get(name)!)
    if (signal.aborted) return
    for (const text of hints) printer.line(text)
    await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }))
  }

  return {
    scenario,
    tour,
    async close() {
      following.stop()
      stopCounting()
      await traffic.stop()
      printer.close()
    },
  }
}

const hostOf = (objects: readonly KubeObject[]): string =>
  objects.find(({ kind }) => kind === "Canary")!["spec"].service.hosts[0]

const hints = [
  "Your turn, in another terminal, with KUBECONFIG as above:",
  "",
  "  kubectl -n demo set env deployment/shop VERSION=4.0.0 ERROR_SHARE- DELAY_MS-     a healthy version",
  "  kubectl -n demo set env deployment/shop VERSION=5.0.0 DELAY_MS=800               a slow one",
  "  kubectl -n demo describe canary shop",
  "  kubectl -n demo get canary shop -w",
  "",
]
