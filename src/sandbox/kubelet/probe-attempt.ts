import { connect } from "node:net"
import type { Probe, TCPSocketAction } from "kubernetes-types/core/v1.js"
import { goDuration } from "#core/text/go-duration.ts"
import { goQuote } from "#core/text/go-quote.ts"
import type { Clock } from "../contract.ts"
import { httpGet } from "./http-get.ts"
import { execute, type Inside, portIn } from "./inside.ts"

/** What one attempt at a probe says; an error says nothing about the container. */
export type Verdict = { says: "success" } | { says: "warning" | "failure" | "error"; text: string }

const success: Verdict = { says: "success" }
const failure = (text: string): Verdict => ({ says: "failure", text })

/** Tries a probe once. Never throws, and takes no longer than the probe's timeout. */
export async function attempt(probe: Probe, inside: Inside, clock: Clock, stop: AbortSignal): Promise<Verdict> {
  const timeoutMs = (probe.timeoutSeconds ?? 1) * 1000
  const ending = new AbortController()
  const end = () => ending.abort()
  const forget = clock.after(timeoutMs, end)
  stop.addEventListener("abort", end)
  const { signal } = ending
  try {
    if (probe.httpGet) return await byHttp(probe.httpGet, inside, signal)
    if (probe.tcpSocket) return await byConnecting(probe.tcpSocket, inside, signal)
    if (probe.exec) {
      const { command = [] } = probe.exec
      const request = inside.image.asRequest?.(command)
      if (request) return await byHttp(request, inside, signal)
      return await byCommand(command, inside, signal, timeoutMs)
    }
    return { says: "error", text: "the sandbox knows httpGet, tcpSocket and exec probes, but no grpc probes" }
  } catch (error) {
    return { says: "error", text: (error as Error).message }
  } finally {
    forget()
    stop.removeEventListener("abort", end)
  }
}

async function byHttp(action: NonNullable<Probe["httpGet"]>, inside: Inside, signal: AbortSignal): Promise<Verdict> {
  portIn(inside, action.port)
  const answer = await httpGet(action, inside, signal).catch((error: Error) => error.message)
  if (typeof answer === "string") return failure(answer)
  if (answer.status >= 400 || answer.status < 200) return failure(`HTTP probe failed with statuscode: ${answer.status}`)
  if (answer.status < 300) return success
  return { says: "warning", text: `Probe terminated redirects, Response body: ${answer.body}` }
}

function byConnecting({ host, port }: TCPSocketAction, inside: Inside, signal: AbortSignal): Promise<Verdict> {
  const to = { host: host || inside.ip, port: portIn(inside, port) }
  return new Promise((resolve) => {
    const socket = connect({ ...to, signal })
    const say = (verdict: Verdict) => {
      socket.destroy()
      resolve(verdict)
    }
    socket.once("connect", () => say(success))
    socket.on("error", (error: Error & { code?: string }) => {
      const why = signal.aborted
        ? "i/o timeout"
        : error.code === "ECONNREFUSED"
          ? "connect: connection refused"
          : error.message
      say(failure(`dial tcp ${to.host}:${to.port}: ${why}`))
    })
  })
}

async function byCommand(command: string[], inside: Inside, signal: AbortSignal, timeoutMs: number): Promise<Verdict> {
  const { exitCode, output } = await execute(inside, command, signal)
  if (signal.aborted)
    return failure(`command timed out: ${goQuote(command.join(" "))} timed out after ${goDuration(timeoutMs)}`)
  return exitCode === 0 ? success : failure(output)
}
