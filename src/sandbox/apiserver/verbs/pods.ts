import type { KubeObject } from "#api/objects.ts"
import { timeText } from "../../contract.ts"
import { type Call, isTrue, sent, spotOf, writing } from "../call.ts"
import { bodyOf, send } from "../exchange.ts"
import { badRequest, Refusal } from "../refusal.ts"

export async function logs(call: Call): Promise<void> {
  const { query, response } = call
  const pod = call.server.writes.find(spotOf(call))
  const containers: { name: string }[] = pod["spec"].containers
  const number = (name: string) => (query.has(name) ? Number(query.get(name)) : undefined)
  const container = query.get("container") ?? (containers.length === 1 ? containers[0]!.name : undefined)
  if (!container) {
    const names = containers.map(({ name }) => name).join(" ")
    throw badRequest(`a container name must be specified for pod ${pod.metadata.name}, choose one of: [${names}]`)
  }
  if (!call.server.logsOf) throw badRequest("there is nobody here who runs pods")
  const over = new AbortController()
  response.once("close", () => over.abort())
  const lines = call.server.logsOf(pod, container, {
    follow: isTrue(query.get("follow")),
    previous: isTrue(query.get("previous")),
    timestamps: isTrue(query.get("timestamps")),
    tailLines: number("tailLines"),
    sinceSeconds: number("sinceSeconds"),
    sinceTime: query.get("sinceTime") ?? undefined,
    limitBytes: number("limitBytes"),
    signal: over.signal,
  })
  response.writeHead(200, { "content-type": "text/plain" })
  response.flushHeaders()
  for await (const line of lines) response.write(line)
  response.end()
}

export async function evict(call: Call): Promise<void> {
  await bodyOf(call.request)
  call.server.writes.remove(spotOf(call), {})
  await call.server.written?.()
  send(call.response, {
    code: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  })
}

export async function bind(call: Call): Promise<void> {
  const { target } = (await sent(call)).raw as KubeObject
  const spot = spotOf(call)
  const pod = call.server.writes.find(spot)
  if (pod["spec"].nodeName)
    throw new Refusal(
      409,
      "Conflict",
      `pod ${pod.metadata.name} is already assigned to node ${JSON.stringify(pod["spec"].nodeName)}`,
    )
  const { options } = writing(call)
  const condition = {
    type: "PodScheduled",
    status: "True",
    lastProbeTime: null,
    lastTransitionTime: timeText(call.server.clock.now()),
  }
  const conditions = [...(pod["status"]?.conditions ?? []), condition]
  call.server.writes.update(
    spot,
    { ...pod, spec: { ...pod["spec"], nodeName: target?.name } },
    { ...options, subresource: "binding" },
  )
  const bound = call.server.writes.find(spot)
  call.server.writes.update(
    spot,
    { ...bound, status: { ...bound["status"], conditions } },
    { ...options, subresource: "status" },
  )
  await call.server.written?.()
  send(call.response, {
    code: 201,
    body: { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 },
  })
}
