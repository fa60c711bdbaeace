import type { HeaderModifier } from "./objects.ts"

/** Names, in lower case, and values in turn, as they go over the wire. */
export type HeaderList = string[]

export interface HeaderEdit {
  set: readonly (readonly [name: string, value: string])[]
  add: readonly (readonly [name: string, value: string])[]
  remove: readonly string[]
}

/** They belong to one connection and are never passed on. */
const HOP_BY_HOP = new Set([
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
])
export const isHopByHop = (name: string): boolean => HOP_BY_HOP.has(name)

/** Headers that frame the message are the gateway's own. */
export function headerEdit({ set = [], add = [], remove = [] }: HeaderModifier): HeaderEdit {
  const isFree = (name: string) => !isHopByHop(name) && name !== "content-length"
  const pairs = (list: NonNullable<HeaderModifier["set"]>) =>
    list.map(({ name, value }) => [name.toLowerCase(), value] as const).filter(([name]) => isFree(name))
  return { set: pairs(set), add: pairs(add), remove: remove.map((name) => name.toLowerCase()).filter(isFree) }
}

export function edited(headers: HeaderList, edits: readonly HeaderEdit[]): HeaderList {
  let result = headers
  for (const { set, add, remove } of edits) {
    const dropped = [...remove, ...set.map(([name]) => name)]
    if (dropped.length > 0) result = without(result, dropped)
    for (const [name, value] of set) result.push(name, value)
    for (const [name, value] of add) result.push(name, value)
  }
  return result
}

export function without(headers: HeaderList, names: readonly string[]): HeaderList {
  const kept: HeaderList = []
  for (let at = 0; at < headers.length; at += 2) {
    if (!names.includes(headers[at]!)) kept.push(headers[at]!, headers[at + 1]!)
  }
  return kept
}

/** What a pod answered, as it goes on to the client. */
export function passedBack(answered: Readonly<Record<string, string | string[] | undefined>>): HeaderList {
  const headers: HeaderList = []
  for (const name in answered) {
    if (HOP_BY_HOP.has(name)) continue
    const value = answered[name]
    if (typeof value === "string") headers.push(name, value)
    else for (const one of value ?? []) headers.push(name, one)
  }
  return headers
}
