import { expect } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment, imageOf } from "./objects.ts"
import { storyOfOneOperator as it } from "./story.ts"

it("puts everything back while traffic is split, when the canary says so", async ({ shop }) => {
  await shop.create(deployment(), service(), routes(), canary("app", { revertOnDeletion: true }))
  await shop.reaches("Initialized")
  expect(shop.get("Service")!["spec"].selector).toEqual({ app: "app-primary" })
  await shop.push("1.1.0")
  await shop.hears(`Advance app.${shop.name} canary weight 30`)
  expect(shop.get("Canary")!.metadata.finalizers).toEqual(["finalizer.flagger.app"])

  await shop.remove("Canary")
  await shop.until("the canary is gone", () => !shop.get("Canary"))
  const { replicas, template } = shop.get("Deployment")!["spec"]
  expect(replicas).toBe(2)
  expect(template.spec.containers[0].image).toBe(imageOf("1.1.0"))
  await shop.until("the apex selects the target", () => shop.get("Service")!["spec"].selector.app === "app")
  await shop.until("the routes are the old ones", () => isEqual(shop.get("VirtualService")!["spec"], routes()["spec"]))
  await shop.until("the primary is gone", () => !shop.get("Deployment", "app-primary"))
  await shop.hears(`Terminating canary app.${shop.name}`)
  await shop.hears(`Terminated canary app.${shop.name}`)
  expect(shop.get("Service")!["spec"].selector).toEqual({ app: "app" })
})

it("leaves the target as it is, when the canary does not say so", async ({ shop }) => {
  await shop.create(deployment(), canary())
  await shop.reaches("Initialized")
  await shop.remove("Canary")
  await shop.until("what the canary owned is gone", () =>
    ["app-primary", "app-canary", "app"].every((name) => !shop.get("Service", name)),
  )
  expect(shop.get("Deployment")!["spec"].replicas).toBe(0)
})

const isEqual = (one: unknown, other: unknown): boolean => JSON.stringify(one) === JSON.stringify(other)

/** Made by somebody before the canary came. */
function service(): KubeObject {
  const ports = [{ name: "http", protocol: "TCP", port: 80, targetPort: 9898 }]
  return { apiVersion: "v1", kind: "Service", metadata: { name: "app" }, spec: { selector: { app: "app" }, ports } }
}

function routes(): KubeObject {
  return {
    apiVersion: "networking.istio.io/v1beta1",
    kind: "VirtualService",
    metadata: { name: "app" },
    spec: { hosts: ["app.example.com"], http: [{ route: [{ destination: { host: "app" } }] }] },
  }
}
