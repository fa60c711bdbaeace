import { expect, it } from "vitest"
import { TargetRefused } from "./contract.ts"
import { deployment } from "./deployment.ts"
import { canaryWith } from "./examples/objects.test-support.ts"
import { targetFor } from "./registry.ts"

const canaryOf = (kind: unknown) =>
  canaryWith({ targetRef: { apiVersion: "apps/v1", kind: kind as "Deployment", name: "podinfo" } })

it("releases Deployments", () => expect(targetFor(canaryOf("Deployment"))).toBe(deployment))
it("refuses a kind it does not know, and says which it knows", () => {
  expect(() => targetFor(canaryOf("StatefulSet"))).toThrow(TargetRefused)
  expect(() => targetFor(canaryOf("StatefulSet"))).toThrow(
    /^targetRef apps\/v1\/StatefulSet is not supported, the kinds that exist are: .*Deployment/,
  )
})
