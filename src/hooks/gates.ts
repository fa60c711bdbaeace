import type { Canary, Phase, Webhook } from "#api/canary.ts"
import type { HookAnswer } from "#core/rollout/snapshot.ts"
import type { Http } from "#net/contract.ts"
import type { Sleep } from "#net/sleep.ts"
import { callHook, type HookResult } from "./call.ts"
import { checksumOf, hookPayload } from "./payload.ts"

/** A hook that said no, or nothing. */
export interface Declined {
  name: string
  why: string
  detail?: string
}

/** The decision's view of an answer, with the details for the log. */
export interface HooksAnswer extends HookAnswer {
  declined?: Declined[]
  failed?: Declined & { muted?: boolean }
}

export interface Asking {
  canary: Canary
  phase: Phase
  /** Tells one round of questions from the next, in the key by which receivers recognise repeated attempts. */
  tick: string
  http: Http
  signal: AbortSignal
  sleep: Sleep
}

/** Asks the hooks of one type, one by one in list order: rollback hooks until one says yes, others until one says no. */
export async function askHooks(hooks: readonly Webhook[], asking: Asking): Promise<HooksAnswer> {
  return hooks[0]?.type === "rollback" ? untilYes(hooks, asking) : untilNo(hooks, asking)
}

async function untilYes(hooks: readonly Webhook[], asking: Asking): Promise<HooksAnswer> {
  const declined: Declined[] = []
  for (const hook of hooks) {
    const result = await call(hook, asking)
    if (result.ok) return { passed: [hook.name], declined }
    declined.push(declinedBy(hook, result))
  }
  return { passed: [], declined }
}

async function untilNo(hooks: readonly Webhook[], asking: Asking): Promise<HooksAnswer> {
  const passed: string[] = []
  for (const hook of hooks) {
    const result = await call(hook, asking)
    if (!result.ok) return { passed, failed: { ...declinedBy(hook, result), muted: hook.muteAlert === true } }
    passed.push(hook.name)
  }
  return { passed }
}

function call(hook: Webhook, { canary, phase, tick, http, signal, sleep }: Asking): Promise<HookResult> {
  const key = [canary.metadata.uid ?? "", checksumOf(canary.status), hook.name, tick]
  return callHook(hook, hookPayload(canary, phase, hook.metadata), http, {
    signal,
    sleep,
    idempotencyKey: key.map(encodeURIComponent).join("/"),
  })
}

const declinedBy = ({ name }: Webhook, { why, detail }: { why: string; detail?: string }): Declined => ({
  name,
  why,
  ...(detail === undefined ? {} : { detail }),
})
