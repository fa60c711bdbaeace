import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import type { Check, Measurement } from "#core/analysis/checks.ts"
import type { HttpRequest } from "#net/contract.ts"
import { canary as canaryOf } from "#test/cluster/objects.ts"
import { createLog } from "./log.ts"
import { createOwnMetrics } from "./own-metrics.ts"
import { inShop } from "./small-operator.test-support.ts"
import { createWitnesses } from "./witnesses.ts"

const signal = new AbortController().signal
const canary = (analysis: object): Canary =>
  ({ ...inShop(canaryOf("app", { analysis })), status: { phase: "Progressing" } }) as unknown as Canary

/** Metrics measure what their names say; hooks answer the status at the end of their address. */
function witnesses(measure: (check: Check) => Measurement = () => ({ kind: "value", value: 0 })) {
  const asked: string[] = []
  const requests: HttpRequest[] = []
  const logged: Record<string, unknown>[] = []
  const metrics = createOwnMetrics({ version: "0", meshProvider: "istio" })
  const source = {
    of: () => ({
      observer: "istio",
      measure: async (check: Check) => {
        asked.push(check.metric.name)
        return measure(check)
      },
      offline: async () => undefined,
    }),
    probe: async () => {},
  }
  const http = {
    async send(request: HttpRequest) {
      requests.push(request)
      const status = Number(request.url.split("/").at(-1))
      return { status, statusText: "", headers: {}, body: "because", truncated: false }
    },
  }
  const log = createLog({ level: "debug", encoding: "json", write: (line) => logged.push(JSON.parse(line)) })
  return { ...createWitnesses({ http, source, metrics, log, now: () => 7 }), asked, requests, logged, metrics }
}
const metrics = [
  { name: "inline", query: "q" },
  { name: "template", templateRef: { name: "t" } },
  { name: "request-duration", thresholdRange: { max: 500 } },
]

describe("the metrics of a check", () => {
  it("are asked one after another, built-in and inline ones first", async () => {
    const { checks, asked } = witnesses()
    expect(await checks(canary({ metrics }), signal)).toEqual({ passed: true, told: [] })
    expect(asked).toEqual(["inline", "request-duration", "template"])
  })
  it.each([
    ["fails", { kind: "value", value: 501 }, "Halt app.shop advancement request duration 501ms > 500ms", false],
    [
      "has no values",
      { kind: "noValues", why: "no values found" },
      "Halt advancement no values found for istio metric request-duration probably app.shop is not receiving traffic",
      false,
    ],
    ["cannot be asked", { kind: "error", why: "no route" }, "Prometheus query failed: no route", true],
  ] as const)("are not asked after the first that %s", async (_, answer, text, failure) => {
    const { checks, asked } = witnesses(({ form }) => (form === "duration" ? answer : { kind: "value", value: 0 }))
    expect(await checks(canary({ metrics }), signal)).toEqual({ passed: false, told: [{ text, failure }] })
    expect(asked).toEqual(["inline", "request-duration"])
  })
  it("are shown as own metrics whatever becomes of them, durations in seconds", async () => {
    const { checks, metrics: own } = witnesses(() => ({ kind: "value", value: 501 }))
    await checks(canary({ metrics: metrics.slice(2) }), signal)
    expect(await own.text()).toContain(
      'flagger_canary_metric_analysis{name="app",namespace="shop",metric="request-duration"} 0.501',
    )
  })
  it("may come with a note, which goes to the log", async () => {
    const { checks, logged } = witnesses(() => ({ kind: "value", value: 0, note: "the last of 3 series is used" }))
    await checks(canary({ metrics: metrics.slice(0, 1) }), signal)
    expect(logged).toEqual([
      expect.objectContaining({ canary: "app.shop", msg: "Metric inline: the last of 3 series is used" }),
    ])
  })
})

describe("hooks", () => {
  const hook = (name: string, type: string | undefined, status: number, more: object = {}) => ({
    name,
    type,
    url: `http://hooks/${status}`,
    ...more,
  })
  const webhooks = [
    hook("first", undefined, 200),
    hook("gate", "confirm-promotion", 403),
    hook("second", "rollout", 200),
    hook("back", "rollback", 500, { whileWaiting: true }),
    hook("other", "rollback", 403),
  ]

  it("are asked by their type, which is rollout where none is given", async () => {
    const { hooks } = witnesses()
    const answer = await hooks(canary({ webhooks }), { ask: "hooks", type: "rollout", phase: "Progressing" }, signal)
    expect(answer).toEqual({ passed: ["first", "second"] })
  })
  it("are told the phase that is asked about", async () => {
    const { hooks, requests } = witnesses()
    await hooks(canary({ webhooks }), { ask: "hooks", type: "confirm-promotion", phase: "Waiting" }, signal)
    expect(JSON.parse(requests[0]!.body!)).toMatchObject({ name: "app", namespace: "shop", phase: "Waiting" })
  })
  it("that may roll back while waiting are the only ones asked then", async () => {
    const { hooks } = witnesses()
    const question = { ask: "hooks", type: "rollback", phase: "Waiting", whileWaiting: true } as const
    const { declined } = await hooks(canary({ webhooks }), question, signal)
    expect(declined?.map(({ name }) => name)).toEqual(["back"])
  })
  it("have the body of a server error in the log, since the event leaves it out [fix 14]", async () => {
    const { hooks, logged } = witnesses()
    const { declined } = await hooks(
      canary({ webhooks }),
      { ask: "hooks", type: "rollback", phase: "Progressing" },
      signal,
    )
    expect(declined?.map(({ name }) => name)).toEqual(["back", "other"])
    expect(logged.map(({ msg }) => msg)).toEqual(["Hook back answered 500: because"])
  })
})
