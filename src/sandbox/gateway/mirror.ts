import { Attempt } from "./attempt.ts"
import type { Forward } from "./decision.ts"
import type { Outgoing } from "./outgoing.ts"
import type { Plane } from "./plane.ts"
import type { RequestBody } from "./request-body.ts"
import { backendFor } from "./table.ts"
import { tellPod, tellServed } from "./tell.ts"

/** Nobody waits for a copy's answer, so nobody else would end it. */
const PATIENCE_MS = 15_000

/** Sends copies to where the route wants them. Their answers are measured and thrown away. */
export function sendCopies(
  plane: Plane,
  forward: Forward,
  { options, clientAddress }: Outgoing,
  body?: RequestBody,
): void {
  for (const { to, isDue } of forward.share.mirrors) {
    const backend = isDue() ? backendFor(plane.table(), to) : undefined
    const upstream = backend && plane.upstreams.pick(backend, clientAddress)
    if (!upstream) continue
    let version: string | undefined

    const over = (status: number) => {
      clearTimeout(timer)
      const durationMs = performance.now() - attempt.startedAt
      tellPod(plane, upstream, { method: options.method, status, durationMs })
      tellServed(plane, { route: forward.route, to, upstream, version, status, durationMs, isMirrored: true })
    }
    const attempt = new Attempt(upstream, {
      onHead(_, headers) {
        const said = headers["x-version"]
        if (typeof said === "string") version = said
      },
      onData: () => true,
      onEnd: () => over(attempt.status),
      onFailure: () => over(attempt.isSent ? 502 : 503),
    })
    const timer = setTimeout(() => {
      attempt.stop()
      over(504)
    }, PATIENCE_MS)
    attempt.send(body ? { ...options, body: body.copy() } : options)
  }
}
