import { type Call, formOf, isTrue, selectorsIn, tableOptions } from "../call.ts"
import { send } from "../exchange.ts"
import { listed, listOptions } from "../reads.ts"
import { badRequest, invalid } from "../refusal.ts"
import { shownList } from "../show.ts"
import { watch } from "../watch.ts"

const BOOKMARK_EVERY_MS = 60_000
const SHORTEST_WATCH_S = 1800

export function list(call: Call): void {
  const { resource, path, query, response } = call
  if (query.has("sendInitialEvents")) {
    const detail = "sendInitialEvents is forbidden for list"
    throw invalid(listOptions, "", [{ field: "sendInitialEvents", type: "Forbidden", detail }])
  }
  const { form, isYaml } = formOf(call)
  const number = query.get("limit")
  const { objects, metadata } = listed(call.server.store, resource, path.namespace, {
    ...selectorsIn(query),
    limit: number ? wholeNumber(number) : undefined,
    continue: query.get("continue") || undefined,
    resourceVersionMatch: query.get("resourceVersionMatch") ?? undefined,
  })
  send(response, { code: 200, isYaml, body: shownList(resource, objects, metadata, form, tableOptions(call)) })
}

export async function follow(call: Call): Promise<void> {
  const { resource, path, query, request, response } = call
  const { form } = formOf(call)
  const bookmarks = isTrue(query.get("allowWatchBookmarks"))
  const sendInitialEvents = isTrue(query.get("sendInitialEvents"))
  const fieldSelector = [query.get("fieldSelector"), path.name && `metadata.name=${path.name}`]
    .filter(Boolean)
    .join(",")
  const waiting: string[] = []
  const write = (line: string) => (response.headersSent ? void response.write(line) : void waiting.push(line))
  const options = {
    ...selectorsIn(query),
    fieldSelector,
    bookmarks,
    sendInitialEvents,
    form,
    includeObject: tableOptions(call).includeObject,
    now: () => call.server.clock.now(),
  }
  refuseOddWatch(query)
  const watching = watch(call.server.store, resource, path.namespace, options, write)
  response.writeHead(200, { "content-type": "application/json" })
  response.flushHeaders()
  for (const line of waiting) response.write(line)
  if (watching.isOver) return void response.end()
  const seconds = Number(query.get("timeoutSeconds")) || SHORTEST_WATCH_S * (1 + Math.random())
  const timers = [
    setTimeout(() => {
      if (bookmarks) watching.bookmark()
      response.end()
    }, seconds * 1000),
    ...(bookmarks ? [setInterval(() => watching.bookmark(), BOOKMARK_EVERY_MS)] : []),
  ]
  // Clients begin anew with the new shape, or find that the kind is gone.
  const forget = call.server.catalogue.onceReplaced(resource, () => response.end())
  await new Promise<void>((closed) => {
    request.once("close", closed)
    response.once("close", closed)
  })
  watching.stop()
  forget()
  for (const timer of timers) clearTimeout(timer)
  if (!response.writableEnded) response.end()
}

function refuseOddWatch(query: URLSearchParams): void {
  const match = query.get("resourceVersionMatch")
  const refuse = (detail: string) =>
    invalid(listOptions, "", [{ field: "resourceVersionMatch", type: "Forbidden", detail }])
  if (isTrue(query.get("sendInitialEvents"))) {
    if (match !== "NotOlderThan")
      throw refuse("sendInitialEvents requires setting resourceVersionMatch to NotOlderThan")
  } else if (match) {
    throw refuse("resourceVersionMatch is forbidden for watch unless sendInitialEvents is provided")
  }
}

function wholeNumber(text: string): number {
  if (/^-?\d+$/.test(text)) return Number(text)
  throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`)
}
