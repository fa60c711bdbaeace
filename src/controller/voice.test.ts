import { describe, expect, it, vi } from "vitest"
import type { Canary, CanaryStatus } from "#api/canary.ts"
import { alertOf, normal, warning } from "#core/rollout/say.ts"
import { canary } from "#test/cluster/objects.ts"
import { createLog } from "./log.ts"
import type { Sight } from "./look.ts"
import { createOwnMetrics } from "./own-metrics.ts"
import { inShop } from "./small-operator.test-support.ts"
import { createVoice } from "./voice.ts"

const withStatus = (status: CanaryStatus): Canary => ({ ...inShop(canary()), status }) as unknown as Canary
const [before, after] = [
  withStatus({ phase: "Progressing", lastAppliedSpec: "r1", canaryWeight: 30 }),
  withStatus({ phase: "Promoting", lastAppliedSpec: "r2", canaryWeight: 60 }),
]

function voice() {
  const logged: Record<string, unknown>[] = []
  const metrics = createOwnMetrics({ version: "0", meshProvider: "istio" })
  const [recorder, sink, alerts] = [{ record: vi.fn() }, { tell: vi.fn() }, { send: vi.fn() }]
  const log = createLog({ level: "debug", encoding: "json", write: (line) => logged.push(JSON.parse(line)) })
  const made = createVoice({
    log,
    metrics,
    recorder: recorder as never,
    sink: sink as never,
    alerts: alerts as never,
    clusterName: "prod-eu",
    now: () => 7,
  })
  const series = async (start: string) => (await metrics.text()).split("\n").filter((line) => line.startsWith(start))
  return { ...made, recorder, sink, alerts, logged, series }
}

describe("an event", () => {
  it("goes to the log, to Kubernetes and to the event webhook", () => {
    const { tell, recorder, sink, logged } = voice()
    tell([warning("Halt app.shop")], before, after)
    expect(logged).toEqual([expect.objectContaining({ level: "info", canary: "app.shop", msg: "Halt app.shop" })])
    expect(recorder.record).toHaveBeenCalledWith({ about: before, type: "Warning", message: "Halt app.shop" })
    const told = { text: "Halt app.shop", type: "Warning", phase: "Progressing", timeMs: 7 }
    expect(sink.tell).toHaveBeenCalledWith(before, told)
  })
  it("is logged as an error when something else than the canary is to blame", () => {
    const { tell, logged } = voice()
    tell([warning("Prometheus query failed", { failure: true })], before, after)
    expect(logged[0]?.["level"]).toBe("error")
  })
  it.each([
    ["as it was before the step", normal("x"), before, "Progressing"],
    ["as it is after the step, on request", normal("x", { after: true }), after, "Promoting"],
    ["with another phase, on request", normal("x", { phase: "Succeeded" }), before, "Succeeded"],
  ] as const)("describes the canary %s", (_, say, shown, phase) => {
    const { tell, sink } = voice()
    tell([say], before, after)
    expect(sink.tell).toHaveBeenCalledWith(shown, expect.objectContaining({ phase }))
  })
  it("of a canary without status has no phase", () => {
    const { tell, sink } = voice()
    const fresh = inShop(canary()) as Canary
    tell([normal("x")], fresh, fresh)
    expect(sink.tell).toHaveBeenCalledWith(fresh, expect.objectContaining({ phase: "" }))
  })
})

it("an alert describes the canary as it is after the step, with the name of the cluster", () => {
  const { tell, alerts, recorder } = voice()
  tell([alertOf("waiting", "warn", "Canary is waiting for approval.")], before, after)
  expect(recorder.record).not.toHaveBeenCalled()
  const [canaryTold, alert] = alerts.send.mock.calls[0]!
  expect(canaryTold).toBe(after)
  expect(alert).toMatchObject({
    text: "Canary is waiting for approval.",
    severity: "warn",
    phase: "Promoting",
    revision: "r2",
    cluster: "prod-eu",
    timeMs: 7,
    fields: [{ name: "Cluster", value: "prod-eu" }],
  })
})

describe("what is seen of a canary", () => {
  const sight = (of: Canary, more: object = {}): Sight =>
    ({ snapshot: { canary: of, routes: { primary: 70, canary: 30, mirrored: false } }, stage: {}, ...more }) as never

  it("is shown as status and weights", async () => {
    const { seen, series } = voice()
    seen(sight(before))
    expect(await series("flagger_canary_status{")).toEqual(['flagger_canary_status{name="app",namespace="shop"} 0'])
    expect(await series('flagger_canary_weight{workload="app"')).toEqual([
      'flagger_canary_weight{workload="app",namespace="shop"} 30',
    ])
  })
  it("shows no weights of a canary that cannot be served, nor of a split that cannot be read", async () => {
    const { seen, series } = voice()
    seen(sight(before, { stage: undefined }))
    seen(sight(before, { snapshot: { canary: before, routes: { problem: "unreadable" } } }))
    expect(await series("flagger_canary_weight{")).toEqual([])
    expect(await series("flagger_canary_status{")).toHaveLength(1)
  })
  it.each([{}, { phase: "Initializing" }] as const)("shows nothing before it is initialised (%j)", async (status) => {
    const { seen, series } = voice()
    seen(sight(withStatus(status)))
    expect(await series("flagger_canary_")).toEqual([])
  })
})
