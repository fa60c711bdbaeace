import type { HookType, Phase } from "#api/canary.ts"
import { alertOf, normal, type Say, warning } from "./say.ts"
import type { CheckAnswer, HookAnswer, Snapshot } from "./snapshot.ts"

/** What people are told about the answer to a probe of the metrics backends. */
export const toldOfProbe = (offline: string | undefined): Say[] =>
  offline === undefined
    ? [normal("all the metrics providers are available!")]
    : [warning(`Error checking metric providers: ${offline}`, { failure: true })]

export const toldOfChecks = (answer: CheckAnswer): Say[] =>
  answer.told.map(({ text, failure }) => warning(text, { failure }))

interface Texts {
  passed(hook: string): Say[]
  failed(hook: string, why: string): Say[]
  /** Alert while the gate is closed; hooks may mute it. */
  alert?: Say
}

/** What people are told about answers of hooks, by kind of hook. */
export function toldOfHooks(seen: Snapshot, asked: { type: HookType; phase: Phase }, answer: HookAnswer): Say[] {
  const texts = textsOf(seen, asked)
  const declined = (answer.declined ?? []).map(({ name }) =>
    normal(`Rollback hook ${name} not signaling a rollback`, { once: true }),
  )
  const passed = answer.passed.flatMap((name) => texts.passed(name))
  if (!answer.failed) return [...declined, ...passed]
  const { name, why, muted } = answer.failed
  const failed = texts.failed(name, why)
  const alert = failed.length > 0 && texts.alert && !muted ? [texts.alert] : []
  return [...declined, ...passed, ...failed, ...alert]
}

function textsOf(seen: Snapshot, asked: { type: HookType; phase: Phase }): Texts {
  const { name: canary, namespace } = seen.canary.metadata
  const halt = `Halt ${canary}.${namespace} advancement`
  const phase = seen.canary.status?.phase
  const nothing = () => []
  switch (asked.type) {
    case "confirm-rollout":
      return {
        passed: (hook) => [normal(`Confirm-rollout check ${hook} passed`)],
        failed: (hook) => (phase === "Waiting" ? [] : [warning(`${halt} waiting for approval ${hook}`)]),
        alert: alertOf("waiting", "warn", "Canary is waiting for approval."),
      }
    case "pre-rollout":
      return {
        passed: (hook) => [normal(`Pre-rollout check ${hook} passed`)],
        failed: (hook, why) => [warning(`${halt} pre-rollout check ${hook} failed ${why}`)],
      }
    case "confirm-traffic-increase":
      return {
        passed: (hook) => [normal(`Confirm-traffic-increase check ${hook} passed`)],
        failed: (hook) => [warning(`${halt} waiting for traffic increase approval ${hook}`)],
        alert: alertOf("waiting-traffic", "warn", "Canary traffic increase is waiting for approval."),
      }
    case "confirm-promotion":
      return {
        passed: (hook) => [normal(`Confirm-promotion check ${hook} passed`)],
        failed: (hook) =>
          phase === "WaitingPromotion" ? [] : [warning(`${halt} waiting for promotion approval ${hook}`)],
        alert: alertOf("waiting-promotion", "warn", "Canary promotion is waiting for approval."),
      }
    case "rollback":
      return { passed: (hook) => [warning(`Rollback check ${hook} passed`)], failed: nothing }
    case "post-rollout":
      return {
        passed: (hook) => [normal(`Post-rollout check ${hook} passed`, succeeded(asked.phase))],
        failed: (hook, why) => [warning(`Post-rollout hook ${hook} failed ${why}`, succeeded(asked.phase))],
      }
    default:
      return { passed: nothing, failed: (hook, why) => [warning(`${halt} external check ${hook} failed ${why}`)] }
  }
}

/** After a good end the payloads of these events carry the phase reached; after a bad one the phase the step began with. */
const succeeded = (phase: Phase) => (phase === "Succeeded" ? { phase } : {})
