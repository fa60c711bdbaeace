import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import { allToCanary, allToPrimary } from "./contract.ts"
import { worldOf } from "./examples.test-support.ts"
import { routerFor } from "./registry.ts"

const canary = (status: Canary["status"]): Canary => ({
  apiVersion: "flagger.app/v1beta1",
  kind: "Canary",
  metadata: { name: "podinfo", namespace: "test" },
  spec: { targetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "podinfo" }, analysis: { iterations: 2 } },
  ...(status ? { status } : {}),
})

describe("the router without a mesh", () => {
  it("takes the canary for the live one as soon as an iteration is done", () => {
    const router = routerFor("kubernetes")
    const routesIn = (status: Canary["status"]) => router.observed(canary(status), worldOf([]), {} as never)
    expect(routesIn(undefined)).toEqual(allToPrimary)
    expect(routesIn({ iterations: 0 })).toEqual(allToPrimary)
    expect(routesIn({ iterations: 1 })).toEqual(allToCanary)
  })
})
