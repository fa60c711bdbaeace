import type { HookType, Webhook } from "#api/canary.ts"
import type { Snapshot } from "./snapshot.ts"

/** Hooks of one kind in list order; a hook without type is a rollout hook. */
export function hooksOf(webhooks: readonly Webhook[] | undefined, type: HookType): Webhook[] {
  return (webhooks ?? []).filter((hook) => (hook.type || "rollout") === type)
}

export function hasHooks(seen: Snapshot, type: HookType, only: { whileWaiting?: boolean } = {}): boolean {
  const hooks = hooksOf(seen.canary.spec.analysis.webhooks, type)
  return hooks.some((hook) => !only.whileWaiting || hook.whileWaiting)
}
