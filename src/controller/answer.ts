import type { Canary } from "#api/canary.ts"
import type { Question } from "#core/rollout/step.ts"
import { toldOfChecks, toldOfHooks, toldOfProbe } from "#core/rollout/told.ts"
import type { Answers, CheckAnswer, HookAnswer, Snapshot } from "#core/rollout/snapshot.ts"
import type { Say } from "#core/rollout/say.ts"

/** Those who know the costly facts. Every call ends within its own time limits. */
export interface Witnesses {
  online(canary: Canary, signal: AbortSignal): Promise<string | undefined>
  hooks(canary: Canary, question: Extract<Question, { ask: "hooks" }>, signal: AbortSignal): Promise<HookAnswer>
  checks(canary: Canary, signal: AbortSignal): Promise<CheckAnswer>
}

/** Fetches what a decision asked for, and says what people are told about it. */
export async function answer(
  witnesses: Witnesses,
  seen: Snapshot,
  question: Question,
  signal: AbortSignal,
): Promise<{ answers: Answers; say: Say[] }> {
  const { canary, answers } = seen
  switch (question.ask) {
    case "online": {
      const offline = await witnesses.online(canary, signal)
      return { answers: { ...answers, online: offline === undefined ? {} : { offline } }, say: toldOfProbe(offline) }
    }
    case "checks": {
      const checks = await witnesses.checks(canary, signal)
      return { answers: { ...answers, checks }, say: toldOfChecks(checks) }
    }
    case "hooks": {
      const given = await witnesses.hooks(canary, question, signal)
      const hooks = { ...answers.hooks, [question.type]: given }
      return { answers: { ...answers, hooks }, say: toldOfHooks(seen, question, given) }
    }
  }
}
