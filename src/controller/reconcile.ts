import type { Canary } from "#api/canary.ts"
import { canaryRef, intervalMs } from "#api/release.ts"
import { nextStep } from "#core/rollout/next-step.ts"
import type { Answers, Snapshot } from "#core/rollout/snapshot.ts"
import { type Say, warning } from "#core/rollout/say.ts"
import type { Change, Part, Step } from "#core/rollout/step.ts"
import { answer, type Witnesses } from "./answer.ts"
import { asSeen, Outrun } from "./as-seen.ts"
import type { Clusters } from "./clusters.ts"
import { type Eyes, look, type Sight, textOf } from "./look.ts"
import { dueInMs, firstMemory, isActive, type Memory, remembered } from "./memory.ts"
import { patched } from "./patched.ts"
import { changeFinalizer, perform } from "./perform.ts"

/** More turns than this in one go means that two rules undo each other. */
const MAX_TURNS = 40

/** Where told things go. `after` is the canary as it is once the step is done. */
export interface Voice {
  tell(say: Say[], canary: Canary, after: Canary): void
  /** Own metrics that follow from a look and from a finished run. */
  seen(sight: Sight): void
  ended(canary: Canary, outcome: NonNullable<Change["outcome"]>): void
  judged(canary: Canary, seconds: number): void
}

export interface World {
  eyes: Eyes
  clusters: Clusters
  witnesses: Witnesses
  voice: Voice
  /** The canary as last seen; undefined when it is gone. */
  canary(key: string): Canary | undefined
  /** Work is to be dropped: leadership is lost or the process ends. */
  signal: AbortSignal
}

/** When to look again without being woken; undefined when only a change can make a difference. */
export type Next = { inMs: number } | { retry: true } | undefined

/** Observe, decide, perform, tell: until there is nothing more to do for this canary. */
export function createReconciler(world: World) {
  const memories = new Map<string, Memory>()

  async function reconcile(key: string): Promise<Next> {
    const canary = world.canary(key)
    if (!canary) {
      memories.delete(key)
      return undefined
    }
    const before = memories.get(key)
    if (before?.uid !== canary.metadata.uid || !before) memories.set(key, firstMemory(canary, world.eyes.now()))
    try {
      return await turns(key)
    } catch (error) {
      if (world.signal.aborted) return undefined
      if (!(error instanceof Outrun)) tellFailure(key, textOf(error), world.canary(key) ?? canary)
      // Who was outrun looks again at once; who is outrun again and again makes room for others.
      const again = error instanceof Outrun && !memories.get(key)?.outran
      remember(key, { outran: error instanceof Outrun })
      return again ? { inMs: 0 } : { retry: true }
    }
  }

  async function turns(key: string): Promise<Next> {
    let answers: Answers = { hooks: {} }
    let made: Part[] = []
    let tried = false
    const begun = performance.now()
    for (let turn = 0; turn < MAX_TURNS; turn++) {
      world.signal.throwIfAborted()
      const canary = world.canary(key)
      if (!canary) return undefined
      const memory = remembered(memories.get(key)!, canary)
      tried &&= memory === memories.get(key)
      memories.set(key, memory)
      const sight = await look(world.eyes, canary, memory, { answers, made })
      world.voice.seen(sight)
      const notices = [...(sight.notices ?? []), ...unsettled(sight)]
      tell(
        key,
        notices.map((text) => warning(text, { once: true })),
        canary,
      )
      const step = nextStep(sight.snapshot)
      switch (step.kind) {
        case "wait":
          tell(key, step.say, canary)
          if (tried) remember(key, { fresh: false })
          return rest(key, sight, step)
        case "ask":
          tell(key, step.before ?? [], canary)
          answers = await ask(key, sight, step)
          tried ||= step.question.ask !== "online"
          break
        case "change":
          await change(key, sight, step)
          made = [...made, ...step.actions.flatMap((action) => (action.do === "make" ? [action.part] : []))]
          tried = true
          if (isActive(canary)) world.voice.judged(canary, (performance.now() - begun) / 1000)
          if (!step.again) {
            if (tried) remember(key, { fresh: false })
            return rest(key, sight, step)
          }
          // What was asked still holds for the parts of the scenery; a new phase asks anew.
          if (step.status) answers = { ...answers, hooks: {} }
      }
    }
    throw new Error(`no rest after ${MAX_TURNS} turns; please report this canary's manifest and events`)
  }

  async function ask(key: string, sight: Sight, step: Extract<Step, { kind: "ask" }>): Promise<Answers> {
    const { canary } = sight.snapshot
    const given = await answer(world.witnesses, sight.snapshot, step.question, world.signal)
    // An answer that was cut short by the end of the process must not be taken for a no.
    world.signal.throwIfAborted()
    const preRollout = given.answers.hooks["pre-rollout"]
    if (preRollout && !preRollout.failed) remember(key, { preRolloutPassed: true })
    tell(key, given.say, canary)
    return given.answers
  }

  async function change(key: string, sight: Sight, step: Change): Promise<void> {
    const { snapshot, stage } = sight
    const { canary } = snapshot
    // A step that failed half way is begun again, but not told again.
    const begun = JSON.stringify(step.before ?? [])
    if (memories.get(key)?.begun !== begun) tell(key, step.before ?? [], canary)
    remember(key, { begun })
    for (const action of step.actions) {
      if (action.do === "addFinalizer" || action.do === "removeFinalizer") {
        await changeFinalizer(world.clusters, world.canary(key) ?? canary, action.do === "addFinalizer", world.signal)
      } else if (stage) {
        await perform(world.clusters, stage, action, step.status ?? {}, world.signal)
      }
    }
    const after = step.status ? await patchStatus(canary, step.status) : canary
    remember(key, { begun: undefined, failure: undefined, outran: false })
    // Making the scenery is part of the look it began with; anything else uses up the turn of the clock.
    if (step.status && canary.status?.phase) restartClock(key, snapshot)
    world.voice.seen({
      ...sight,
      snapshot: { ...snapshot, canary: after, routes: routesAfter(step) ?? snapshot.routes },
    })
    tell(key, step.say ?? [], canary, after)
    if (step.outcome) world.voice.ended(canary, step.outcome)
    if (step.afterwards) await conclude(key, snapshot, step.afterwards)
  }

  /** The run has ended; what its last hooks answer changes nothing. */
  async function conclude(key: string, snapshot: Snapshot, { hooks, say }: NonNullable<Change["afterwards"]>) {
    const question = { ask: "hooks", type: "post-rollout", phase: hooks } as const
    const given = await answer(world.witnesses, snapshot, question, world.signal)
    // Hooks that were cut short have not failed; that the run has ended is told all the same.
    tell(key, world.signal.aborted ? say : [...given.say, ...say], snapshot.canary)
  }

  async function patchStatus(canary: Canary, status: NonNullable<Change["status"]>): Promise<Canary> {
    const { clusters, signal } = world
    const { resourceVersion } = canary.metadata
    // Only the canary that was judged gets the verdict: another leader, or a user, may have been here meanwhile.
    const body = { metadata: { resourceVersion }, status }
    const write = () => clusters.main.api.patch(canaryRef(canary), body, { subresource: "status", signal })
    await asSeen(clusters.main, canaryRef(canary), write, signal)
    return patched(canary, status)
  }

  /** The same failure is told once per interval, however often it is met. */
  function tellFailure(key: string, text: string, canary: Canary): void {
    const nowMs = world.eyes.now()
    const before = memories.get(key)?.failure
    const isFresh = before && before.text === text && nowMs - before.atMs < intervalMs(canary.spec?.analysis ?? {})
    if (isFresh) return
    remember(key, { failure: { text, atMs: nowMs } })
    tell(key, [warning(text, { failure: true })], canary)
  }

  /** The interval begins anew when a check was due or something moved. */
  function rest(key: string, { snapshot }: Sight, step: Step): Next {
    const { canary, due } = snapshot
    if (due || step.kind === "change") restartClock(key, snapshot)
    const latest = world.canary(key)
    const idle = step.kind === "wait" && step.say.length === 0 && due && !isActive(canary) && !isWaiting(canary)
    if (!latest || idle) return undefined
    return { inMs: dueInMs(memories.get(key)!, latest, world.eyes.now()) }
  }

  const restartClock = (key: string, { nowMs }: Snapshot) => remember(key, { lastMs: nowMs })

  function remember(key: string, change: Partial<Memory>): void {
    const memory = memories.get(key)
    if (memory) memories.set(key, { ...memory, ...change })
  }

  function tell(key: string, say: Say[], canary: Canary, after: Canary = canary): void {
    const told = memories.get(key)?.told
    const news = say.filter((one) => !("event" in one && one.once && told?.has(one.event)))
    for (const one of news) if ("event" in one && one.once) told?.add(one.event)
    if (news.length > 0) world.voice.tell(news, canary, after)
  }

  return { reconcile }
}

/** Parts that still differ after they were made in this very look. */
const unsettled = ({ snapshot: { canary, scenery, made } }: Sight): string[] =>
  made
    .filter((part) => scenery[part] === "differs")
    .map(
      (part) =>
        `The ${part} of ${canary.metadata.name}.${canary.metadata.namespace} do not stay as they were written: the API server drops fields it does not know, or somebody changes them back`,
    )

const routesAfter = ({ actions }: Change) => actions.findLast((action) => action.do === "route")?.to

const isWaiting = ({ status }: Canary): boolean => status?.phase === "Waiting" || status?.phase === "Initializing"
