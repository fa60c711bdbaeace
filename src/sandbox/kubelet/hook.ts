import type { LifecycleHandler } from "kubernetes-types/core/v1.js"
import type { Clock } from "../contract.ts"
import { wait } from "./bell.ts"
import { httpGet } from "./http-get.ts"
import { execute, type Inside } from "./inside.ts"

/** Does what a container wants done after its start or before its end. Throws where that fails. */
export async function runHook(
  { exec, httpGet: get, sleep }: LifecycleHandler,
  inside: Inside,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (sleep) return wait(clock, sleep.seconds * 1000, signal)
  if (get) {
    // Any answer will do: a kubelet does not look at its status.
    await httpGet(get, inside, signal)
    return
  }
  if (!exec) throw new Error("the sandbox knows exec, httpGet and sleep hooks")
  const { exitCode, output } = await execute(inside, exec.command ?? [], signal)
  if (exitCode !== 0) throw new Error(`command '${(exec.command ?? []).join(" ")}' exited with ${exitCode}: ${output}`)
}
