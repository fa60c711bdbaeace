import type { Canary } from "#api/canary.ts"
import { type Target, TargetRefused } from "./contract.ts"
import { deployment } from "./deployment.ts"

const targets: ReadonlyMap<string, Target> = new Map([["Deployment", deployment]])

/** The kind of workload that the canary releases. */
export function targetFor(canary: Canary): Target {
  for (const target of targets.values()) if (target.serves(canary)) return target
  const { apiVersion, kind } = canary.spec.targetRef
  throw new TargetRefused(
    `targetRef ${apiVersion}/${kind} is not supported, the kinds that exist are: ${[...targets.keys()].join(", ")}`,
  )
}
