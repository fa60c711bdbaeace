import type { Notifier } from "./contract.ts"
import { msteams } from "./msteams.ts"
import { slack } from "./slack.ts"

const all = [slack, msteams]

export const notifiers: ReadonlyMap<string, Notifier> = new Map(all.map((notifier) => [notifier.type, notifier]))

export function notifierFor(type: string): Notifier {
  const notifier = notifiers.get(type)
  if (!notifier) throw new Error(`provider ${type} not supported, use one of ${[...notifiers.keys()].join(", ")}`)
  return notifier
}
