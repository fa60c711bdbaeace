import { goQuote } from "#core/text/go-quote.ts"
import { compareLabels } from "../labels.ts"
import { type Answer, queryAt, type QueryOptions, queryRange } from "../promql/query.ts"
import { EvaluationProblem, type Value } from "../promql/values.ts"
import type { TargetHealth } from "../scrape.ts"
import type { Series } from "../series-index.ts"
import { labelNames, labelValues, type Store } from "../store.ts"
import { BadParameter, matchersOf, readable, stepsOf, optionalTime } from "./parameters.ts"
import { buildInfo, plain, shown, targetsShown } from "./shapes.ts"

export interface ApiWorld extends QueryOptions {
  readonly store: Store
  readonly nowMs: number
  readonly intervalMs: number
  readonly targets: readonly TargetHealth[]
}

export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

type Handler = (parameters: URLSearchParams, world: ApiWorld) => { data: unknown }

/** What can be asked below /api/v1; undefined for anything else. A bad question has an answer too. */
export function apiAnswer(path: string, parameters: URLSearchParams, world: ApiWorld): ApiAnswer | undefined {
  const handler = handlers.get(path) ?? labelHandler(path)
  if (!handler) return undefined
  try {
    return { status: 200, body: { status: "success", ...handler(parameters, world) } }
  } catch (error) {
    return failure(error as Error)
  }
}

function failure(error: Error): ApiAnswer {
  const [status, errorType] =
    error instanceof BadParameter
      ? [400, "bad_data"]
      : error instanceof EvaluationProblem
        ? [422, "execution"]
        : [500, "internal"]
  return { status: Number(status), body: { status: "error", errorType, error: error.message } }
}

const handlers: ReadonlyMap<string, Handler> = new Map<string, Handler>([
  ["query", instant],
  ["query_range", range],
  ["series", series],
  ["labels", (parameters, world) => ({ data: labelNames(seriesIn(parameters, world)) })],
  ["targets", (_, { targets, intervalMs }) => ({ data: targetsShown(targets, intervalMs) })],
  ["status/buildinfo", () => ({ data: buildInfo })],
])

function labelHandler(path: string): Handler | undefined {
  const [, name] = /^label\/([^/]+)\/values$/.exec(path) ?? []
  if (name === undefined) return undefined
  return (parameters, world) => ({ data: labelValues(seriesIn(parameters, world), decoded(name)) })
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    throw new BadParameter(`invalid label name: ${goQuote(name)}`)
  }
}

function instant(parameters: URLSearchParams, world: ApiWorld) {
  const atMs = optionalTime(parameters, "time") ?? world.nowMs
  const answer = readable("query", () => queryAt(parameters.get("query") ?? "", atMs, world.store, world))
  return answered(answer, (value) => shown(value, atMs))
}

function range(parameters: URLSearchParams, world: ApiWorld) {
  const steps = stepsOf(parameters)
  const answer = readable("query", () => queryRange(parameters.get("query") ?? "", steps, world.store, world))
  return answered(answer, (value) => shown(value, steps.endMs))
}

const answered = ({ value, notes: { warnings, infos } }: Answer, show: (value: Value) => unknown) => ({
  data: show(value),
  ...(warnings.size ? { warnings: [...warnings] } : {}),
  ...(infos.size ? { infos: [...infos] } : {}),
})

function series(parameters: URLSearchParams, world: ApiWorld) {
  if (!parameters.has("match[]")) throw new BadParameter("no match[] parameter provided")
  const labels = seriesIn(parameters, world).map((found) => found.labels)
  return { data: labels.toSorted(compareLabels).map(plain) }
}

function seriesIn(parameters: URLSearchParams, { store }: ApiWorld): readonly Series[] {
  const fromMs = optionalTime(parameters, "start") ?? -Infinity
  const toMs = optionalTime(parameters, "end") ?? Infinity
  return store.find(matchersOf(parameters), fromMs, toMs)
}
