import { expect } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { expectSteps, imageIn, istioWeights } from "./istio.ts"
import { canary, deployment, imageOf, rounds } from "./objects.ts"
import { storyOfOneOperator as it } from "./story.ts"
import type { Namespace } from "./world.ts"

const replicas = ({ spec }: KubeObject): number => spec.replicas
const phase = ({ status }: KubeObject): string | undefined => status?.phase
const shownWeight = ({ status }: KubeObject): number => status?.canaryWeight ?? 0
const checkedTwice = ["Initializing", "Initialized", "Progressing", "Promoting", "Finalising", "Succeeded"]

async function begin(shop: Namespace, ...objects: KubeObject[]): Promise<void> {
  await shop.create(...objects)
  await shop.reaches("Initialized")
}

function expectReleased(shop: Namespace, version: string): void {
  expect(imageIn(shop.get("Deployment", "app-primary")!)).toBe(imageOf(version))
  expect(replicas(shop.get("Deployment")!)).toBe(0)
  const { lastAppliedSpec, lastPromotedSpec, canaryWeight, failedChecks } = shop.status()
  expect(lastPromotedSpec).toBe(lastAppliedSpec)
  expect({ canaryWeight, failedChecks }).toEqual({ canaryWeight: 0, failedChecks: 0 })
}

it("moves traffic in steps behind Istio, then promotes", async ({ shop }) => {
  await begin(shop, deployment(), canary())
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")
  await shop.hears(`Promotion completed! Scaling down app.${shop.name}`)

  expectSteps(shop, "1.1.0")
  expect(shop.history("Canary", phase).filter(Boolean)).toEqual(checkedTwice)
  expect(shop.history("Canary", shownWeight)).toEqual([0, 30, 60, 0])
  expect(shop.texts().filter((text) => !text.includes("waiting for rollout"))).toEqual([
    "all the metrics providers are available!",
    `Initialization done! app.${shop.name}`,
    `New revision detected! Scaling up app.${shop.name}`,
    `Starting canary analysis for app.${shop.name}`,
    `Advance app.${shop.name} canary weight 30`,
    `Advance app.${shop.name} canary weight 60`,
    `Copying app.${shop.name} template spec to app-primary.${shop.name}`,
    "Routing all traffic to primary",
    `Promotion completed! Scaling down app.${shop.name}`,
  ])
  expectReleased(shop, "1.1.0")
})

it("sends everybody back to the primary when checks go on failing", async ({ shop, world }) => {
  await begin(shop, deployment(), canary())
  await shop.push("1.1.0")
  await shop.hears(`Advance app.${shop.name} canary weight 30`)
  world.outside.metrics(shop.name, { success: 50 })
  await shop.reaches("Failed")
  await shop.hears(`Canary failed! Scaling down app.${shop.name}`)

  expect(shop.history("VirtualService", istioWeights)).toEqual([
    [100, 0],
    [70, 30],
    [100, 0],
  ])
  expect(shop.texts()).toEqual(
    expect.arrayContaining([
      `Halt app.${shop.name} advancement success rate 50.00% < 99%`,
      `Rolling back app.${shop.name} failed checks threshold reached 2`,
    ]),
  )
  expect(replicas(shop.get("Deployment")!)).toBe(0)
  expect(shop.history("Deployment", imageIn, "app-primary")).toEqual([imageOf("1.0.0")])
  expect(shop.status().conditions).toMatchObject([{ type: "Promoted", status: "False", reason: "Failed" }])
})

it("releases blue/green with nothing but Kubernetes", async ({ shop }) => {
  await begin(shop, deployment(), canary("app", { provider: "kubernetes", analysis: rounds(2) }))
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  expect(shop.history("Canary", ({ status }) => status?.iterations ?? 0)).toEqual([0, 1, 2, 3, 0])
  expect(shop.history("Service", ({ spec }) => spec.selector)).toEqual([{ app: "app-primary" }])
  expect(shop.texts()).toContain(`Advance app.${shop.name} canary iteration 2/2`)
  expectReleased(shop, "1.1.0")
})

it("gives the canary to chosen users behind a Gateway", async ({ shop }) => {
  const service = { port: 80, hosts: ["app.example.com"], gatewayRefs: [{ name: "web", namespace: "gateways" }] }
  const analysis = { ...rounds(2), match: [{ headers: { "x-user": { exact: "insider" } } }] }
  await begin(shop, deployment(), canary("app", { provider: "gatewayapi:v1", service, analysis }))
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  const weights = ({ spec }: KubeObject) =>
    spec.rules.map(({ backendRefs }: KubeObject["spec"]) => backendRefs.map(({ weight }: { weight: number }) => weight))
  const [everybody] = [[100]]
  expect(shop.history("HTTPRoute", weights)).toEqual([
    [[100, 0], everybody],
    [[0, 100], everybody],
    [[100, 0], everybody],
  ])
  const insiders = shop.get("HTTPRoute")!["spec"].rules[0].matches[0]
  expect(insiders.headers).toEqual([{ name: "x-user", type: "Exact", value: "insider" }])
  expectReleased(shop, "1.1.0")
})

it("moves traffic with a second Ingress behind NGINX", async ({ shop }) => {
  const ingressRef = { apiVersion: "networking.k8s.io/v1", kind: "Ingress", name: "app" }
  await begin(shop, deployment(), ingress(), canary("app", { provider: "nginx", ingressRef }))
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  const prefix = "nginx.ingress.kubernetes.io"
  const marks = ({ metadata: { annotations } }: KubeObject) => [
    annotations?.[`${prefix}/canary`],
    annotations?.[`${prefix}/canary-weight`],
  ]
  expect(shop.history("Ingress", marks, "app-canary")).toEqual([
    ["true", "0"],
    ["true", "30"],
    ["true", "60"],
    ["true", "0"],
  ])
  expectReleased(shop, "1.1.0")
})

it("moves traffic with an HTTPProxy behind Contour", async ({ shop }) => {
  await begin(shop, deployment(), canary("app", { provider: "contour" }))
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  const weights = ({ spec }: KubeObject) => spec.routes[0].services.map(({ weight = 0 }: { weight?: number }) => weight)
  expect(shop.history("HTTPProxy", weights)).toEqual([
    [100, 0],
    [70, 30],
    [40, 60],
    [100, 0],
  ])
  expectReleased(shop, "1.1.0")
})

it("moves traffic with a TrafficSplit", async ({ shop }) => {
  await begin(shop, deployment(), canary("app", { provider: "smi:v1alpha2" }))
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  const weights = ({ spec }: KubeObject) =>
    Object.fromEntries(
      spec.backends.map(({ service, weight }: { service: string; weight: number }) => [service, weight]),
    )
  expect(shop.history("TrafficSplit", weights)).toEqual([
    { "app-canary": 0, "app-primary": 100 },
    { "app-canary": 30, "app-primary": 70 },
    { "app-canary": 60, "app-primary": 40 },
    { "app-canary": 0, "app-primary": 100 },
  ])
  expectReleased(shop, "1.1.0")
})

it("gives the primary an autoscaler of its own, which follows the original at promotion", async ({ shop }) => {
  const autoscalerRef = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", name: "app" }
  // As many as the autoscaler wants at least, so that it leaves them alone where one is at work.
  await begin(shop, deployment("app", { replicas: 3 }), autoscaler(), canary("app", { autoscalerRef }))
  await shop.patch("HorizontalPodAutoscaler", { spec: { maxReplicas: 9 } })
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  const bounds = ({ spec }: KubeObject) => [spec.scaleTargetRef.name, spec.minReplicas, spec.maxReplicas]
  expect(shop.history("HorizontalPodAutoscaler", bounds, "app-primary")).toEqual([
    ["app-primary", 3, 5],
    ["app-primary", 3, 9],
  ])
  expect(shop.history("Deployment", replicas)).toEqual([3, 0, 3, 0])
  expect(shop.history("HorizontalPodAutoscaler", bounds)).toEqual([
    ["app", 3, 5],
    ["app", 3, 9],
  ])
  expectReleased(shop, "1.1.0")
})

it("releases a changed ConfigMap like a new version", async ({ shop }) => {
  const configured = deployment()
  configured["spec"].template.spec.containers[0].envFrom = [{ configMapRef: { name: "colors" } }]
  const colors = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "colors" }, data: { sky: "blue" } }
  await begin(shop, colors, configured, canary())
  await shop.patch("ConfigMap", { data: { sky: "grey" } }, "colors")
  await shop.reaches("Promoting")
  const judged = shop.history("ConfigMap", ({ data }) => data.sky, "colors-primary")
  await shop.reaches("Succeeded")

  expect(judged[0]).toBe("blue")
  expect(shop.history("ConfigMap", ({ data }) => data.sky, "colors-primary")).toEqual(["blue", "grey"])
  const [{ configMapRef }] = shop.get("Deployment", "app-primary")!["spec"].template.spec.containers[0].envFrom
  expect(configMapRef.name).toBe("colors-primary")
  expect(Object.keys(shop.status().trackedConfigs ?? {})).toEqual(["configmap/colors"])
  expect(shop.history("VirtualService", istioWeights)).toEqual([
    [100, 0],
    [70, 30],
    [40, 60],
    [100, 0],
  ])
})

it("judges a version that is pushed after the last check, before it is copied to the primary", async ({
  shop,
  world,
}) => {
  const url = world.outside.hook(shop.name, "last-word", async () => {
    if (world.outside.calls(shop.name, "last-word").length === 1) await shop.push("1.2.0")
    return 200
  })
  const webhooks = [{ name: "last-word", type: "confirm-promotion", url }]
  await begin(shop, deployment(), canary("app", { analysis: { stepWeight: 60, webhooks } }))
  await shop.push("1.1.0")
  await shop.reaches("Succeeded")

  await shop.hears(`New revision detected! Restarting analysis for app.${shop.name}`)
  expect(shop.history("Deployment", imageIn, "app-primary")).toEqual([imageOf("1.0.0"), imageOf("1.2.0")])
  expect(shop.history("VirtualService", istioWeights)).toEqual([
    [100, 0],
    [40, 60],
    [100, 0],
    [40, 60],
    [100, 0],
  ])
  expectReleased(shop, "1.2.0")
})

function ingress(): KubeObject {
  const backend = { service: { name: "app", port: { number: 80 } } }
  return {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "app", annotations: { "kubernetes.io/ingress.class": "nginx" } },
    spec: { rules: [{ host: "app.example.com", http: { paths: [{ path: "/", pathType: "Prefix", backend }] } }] },
  }
}

function autoscaler(): KubeObject {
  const target = { type: "Utilization", averageUtilization: 80 }
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "app" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "app" },
      minReplicas: 3,
      maxReplicas: 5,
      metrics: [{ type: "Resource", resource: { name: "cpu", target } }],
    },
  }
}
