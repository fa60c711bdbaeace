import type { KubeObject } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { timeText } from "../../contract.ts"
import { autoscalers, deployments, pods } from "../kinds.ts"
import { conditionIn, inTest, stage, workload } from "../stage.test-support.ts"
import { startAutoscalers } from "./autoscaler.ts"

interface Use {
  cpuMillicores?: number
  requestsPerSecond?: number
}
interface Given {
  replicas?: number
  spec?: object
  use?: Use
  metrics?: object[]
}
const web = inTest(deployments, "web")
const cpu = (target: object) => ({ type: "Resource", resource: { name: "cpu", target } })
const half = cpu({ type: "Utilization", averageUtilization: 50 })
const metric = { name: "http_requests_per_second" }

/** A deployment of ready pods that request 100m each, and its autoscaler. */
function started({ replicas = 2, spec = {}, use = {}, metrics = [half] }: Given = {}) {
  const scene = stage()
  let isFirst = true
  const now = { use: (_pod: KubeObject): Use | undefined => use }
  startAutoscalers(scene.world, { usage: (pod) => now.use(pod) })
  const { cluster } = scene
  cluster.create(workload(deployments, { spec: { replicas } }))
  const fill = () => {
    const wanted = cluster.get(web)!["spec"].replicas
    for (let index = scene.pods().length; index < wanted; index++) addPod(`web-${index}`)
    for (const pod of scene.pods().slice(wanted))
      cluster.delete({ ...pods, namespace: "test", name: pod.metadata.name })
    cluster.patch(web, { status: { replicas: wanted } }, "status")
  }
  const addPod = (name: string, resources: object = { requests: { cpu: "100m" } }) => {
    const containers = [{ name: "app", image: "app:1", resources }]
    return scene.ready(
      cluster.create({ ...pods, metadata: { name, namespace: "test", labels: { app: "web" } }, spec: { containers } }),
    )
  }
  fill()
  cluster.create({
    ...autoscalers,
    metadata: { name: "web", namespace: "test" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics,
      ...spec,
    },
  })
  const autoscaler = () => cluster.get(inTest(autoscalers, "web"))!
  return {
    ...scene,
    autoscaler,
    addPod,
    replicas: () => cluster.get(web)!["spec"].replicas,
    uses(use: Use | undefined | ((pod: KubeObject) => Use | undefined)) {
      now.use = typeof use === "function" ? use : () => use
    },
    /** Lets the autoscaler look once more, at pods that have come and gone as it wanted. */
    async look(times = 1) {
      for (let time = 0; time < times; time++) {
        await scene.clock.pass(isFirst ? 7_000 : 15_000)
        isFirst = false
        fill()
      }
    },
    condition: (type: string) => conditionIn(autoscaler(), type),
  }
}

describe("an autoscaler on CPU", () => {
  it("scales to what brings the share of requests to its target", async () => {
    const { look, replicas, autoscaler, told, condition, clock } = started({ use: { cpuMillicores: 80 } })
    await look()
    expect(replicas()).toBe(4)
    expect(told("SuccessfulRescale")).toEqual([
      "New size: 4; reason: cpu resource utilization (percentage of request) above target",
    ])
    expect(autoscaler()["status"]).toMatchObject({
      currentReplicas: 2,
      desiredReplicas: 4,
      lastScaleTime: timeText(clock.now() - 7_000),
      currentMetrics: [
        { type: "Resource", resource: { name: "cpu", current: { averageUtilization: 80, averageValue: "80m" } } },
      ],
    })
    expect(condition("AbleToScale")).toMatchObject({
      status: "True",
      reason: "SucceededRescale",
      message: "the HPA controller was able to update the target scale to 4",
    })
    expect(condition("ScalingActive")).toMatchObject({ status: "True", reason: "ValidMetricFound" })
    expect(condition("ScalingLimited")).toMatchObject({ status: "False", reason: "DesiredWithinRange" })
  })

  it("lets be what is within a tenth of the target", async () => {
    const { look, replicas, uses } = started({ use: { cpuMillicores: 55 } })
    await look()
    uses({ cpuMillicores: 45 })
    await look(30)
    expect(replicas()).toBe(2)
  })

  it("scales to an average value", async () => {
    const { look, replicas } = started({
      use: { cpuMillicores: 300 },
      metrics: [cpu({ type: "AverageValue", averageValue: "200m" })],
    })
    await look()
    expect(replicas()).toBe(3)
  })

  it("says which request is missing", async () => {
    const { look, replicas, addPod, condition, told } = started({ use: { cpuMillicores: 80 } })
    addPod("web-x", { limits: { memory: "1Gi" } })
    await look()
    expect(replicas()).toBe(2)
    const why = "failed to get cpu utilization: missing request for cpu in container app of Pod web-x"
    expect(condition("ScalingActive")).toMatchObject({
      status: "False",
      reason: "FailedGetResourceMetric",
      message: `the HPA was unable to compute the replica count: ${why}`,
    })
    expect(told("FailedGetResourceMetric")).toEqual([why])
    expect(told("FailedComputeMetricsReplicas")).toEqual([
      `invalid metrics (1 invalid out of 1), first error is: failed to get cpu resource metric value: ${why}`,
    ])
  })

  it("counts pods that tell nothing as idle when it scales up, and as fully busy when it scales down", async () => {
    const { look, replicas, uses } = started({ replicas: 4 })
    const half = (cpuMillicores: number) => (pod: KubeObject) =>
      pod.metadata.name < "web-2" ? { cpuMillicores } : undefined
    uses(half(150))
    await look()
    expect(replicas()).toBe(6)
    const down = started({ replicas: 4 })
    down.uses(half(10))
    await down.look(25)
    expect(down.replicas()).toBe(4)
  })

  it("waits for pods that are not ready yet", async () => {
    const { look, replicas, unready, addPod, cluster } = started({ use: { cpuMillicores: 75 } })
    cluster.patch(web, { spec: { replicas: 3 } })
    unready(addPod("web-2"))
    await look()
    expect(replicas()).toBe(3)
  })
})

describe("an autoscaler on requests", () => {
  it("scales to an average per pod", async () => {
    const metrics = [{ type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "10" } } }]
    const { look, replicas, autoscaler } = started({ use: { requestsPerSecond: 17.5 }, metrics })
    await look()
    expect(replicas()).toBe(4)
    expect(autoscaler()["status"].currentMetrics).toEqual([
      { type: "Pods", pods: { metric, current: { averageValue: "17500m" } } },
    ])
  })

  it.each([
    [{ type: "AverageValue", averageValue: "20" }, { averageValue: "25" }],
    [{ type: "Value", value: "40" }, { value: "50" }],
  ])("scales to the traffic of all pods as an external metric: %j", async (target, current) => {
    const metrics = [{ type: "External", external: { metric, target } }]
    const { look, replicas, autoscaler } = started({ use: { requestsPerSecond: 25 }, metrics })
    await look()
    expect(replicas()).toBe(3)
    expect(autoscaler()["status"].currentMetrics).toEqual([{ type: "External", external: { metric, current } }])
  })

  it("says that it knows no other metric", async () => {
    const metrics = [
      { type: "Pods", pods: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "10" } } },
    ]
    const { look, condition } = started({ metrics })
    await look()
    expect(condition("ScalingActive").reason).toBe("FailedGetPodsMetric")
  })

  it("follows the metric that asks for the most", async () => {
    const requests = { type: "Pods", pods: { metric, target: { type: "AverageValue", averageValue: "10" } } }
    const { look, replicas, told } = started({
      use: { cpuMillicores: 60, requestsPerSecond: 20 },
      metrics: [half, requests],
    })
    await look()
    expect(replicas()).toBe(4)
    expect(told("SuccessfulRescale")).toEqual([
      "New size: 4; reason: pods metric http_requests_per_second above target",
    ])
  })

  it("does not scale down while one of its metrics fails", async () => {
    const broken = {
      type: "Pods",
      pods: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "10" } },
    }
    const { look, replicas, uses } = started({ use: { cpuMillicores: 5 }, metrics: [half, broken] })
    await look(30)
    expect(replicas()).toBe(2)
    uses({ cpuMillicores: 100 })
    await look()
    expect(replicas()).toBe(4)
  })
})

describe("the limits of an autoscaler", () => {
  it("are its minimum and maximum, at once", async () => {
    const { look, replicas, told } = started({ replicas: 5, spec: { maxReplicas: 3 }, use: { cpuMillicores: 1000 } })
    await look()
    expect(replicas()).toBe(3)
    expect(told("SuccessfulRescale")).toEqual([
      "New size: 3; reason: Current number of replicas above Spec.MaxReplicas",
    ])
    const low = started({ replicas: 1, spec: { minReplicas: 2 }, use: { cpuMillicores: 1 } })
    await low.look()
    expect(low.replicas()).toBe(2)
  })

  it("say when more is wanted than allowed", async () => {
    const { look, condition } = started({ replicas: 3, spec: { maxReplicas: 4 }, use: { cpuMillicores: 100 } })
    await look()
    expect(condition("ScalingLimited")).toMatchObject({ status: "True", reason: "TooManyReplicas" })
  })

  it("let it grow to twice its size at most", async () => {
    const { look, replicas, condition } = started({
      replicas: 3,
      spec: { maxReplicas: 100 },
      use: { cpuMillicores: 1000 },
    })
    await look()
    expect(replicas()).toBe(6)
    expect(condition("ScalingLimited")).toMatchObject({ status: "True", reason: "ScaleUpLimit" })
  })

  it("let it shrink only after five minutes without need", async () => {
    const { look, replicas, uses, condition, told } = started({ replicas: 4, use: { cpuMillicores: 50 } })
    await look(2)
    uses({ cpuMillicores: 10 })
    await look()
    expect(condition("AbleToScale").reason).toBe("ScaleDownStabilized")
    await look(17)
    expect(replicas()).toBe(4)
    await look(4)
    expect(replicas()).toBe(1)
    expect(told("SuccessfulRescale")).toEqual(["New size: 1; reason: All metrics below target"])
  })

  it("can be set in both directions", async () => {
    const behavior = {
      scaleUp: { stabilizationWindowSeconds: 60, policies: [{ type: "Pods", value: 1, periodSeconds: 60 }] },
      scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: "Percent", value: 50, periodSeconds: 15 }] },
    }
    const { look, replicas, uses, condition } = started({
      replicas: 4,
      spec: { behavior },
      use: { cpuMillicores: 100 },
    })
    await look(3)
    expect(condition("AbleToScale").reason).toBe("ScaleUpStabilized")
    expect(replicas()).toBe(4)
    await look(2)
    expect(replicas()).toBe(5)
    await look(2)
    expect(replicas()).toBe(5)
    uses({ cpuMillicores: 1 })
    await look()
    expect(replicas()).toBe(2)
    expect(condition("ScalingLimited")).toMatchObject({ status: "True", reason: "ScaleDownLimit" })
  })

  it("can forbid a direction, and change what is close enough", async () => {
    const behavior = {
      scaleUp: { tolerance: "0.5" },
      scaleDown: { selectPolicy: "Disabled", stabilizationWindowSeconds: 0 },
    }
    const { look, replicas, uses } = started({ replicas: 4, spec: { behavior }, use: { cpuMillicores: 70 } })
    await look(2)
    expect(replicas()).toBe(4)
    uses({ cpuMillicores: 5 })
    await look(2)
    expect(replicas()).toBe(4)
  })
})

it("leaves a workload alone that somebody scaled to zero", async () => {
  const { look, replicas, condition } = started({ replicas: 0, use: { cpuMillicores: 100 } })
  await look()
  expect(replicas()).toBe(0)
  expect(condition("ScalingActive")).toMatchObject({ status: "False", reason: "ScalingDisabled" })
})

it("says that its target is not there", async () => {
  const target = { apiVersion: "apps/v1", kind: "Deployment", name: "none" }
  const { clock, condition, told } = started({ spec: { scaleTargetRef: target } })
  await clock.pass(1000)
  expect(condition("AbleToScale")).toMatchObject({
    status: "False",
    reason: "FailedGetScale",
    message: `the HPA controller was unable to get the target's current scale: deployments.apps "none" not found`,
  })
  expect(told("FailedGetScale")).toEqual([`deployments.apps "none" not found`])
})

it("writes nothing while nothing changes", async () => {
  const { look, cluster, autoscaler } = started({ use: { cpuMillicores: 50 } })
  await look(2)
  const { resourceVersion } = autoscaler().metadata
  await look(5)
  expect(autoscaler().metadata.resourceVersion).toBe(resourceVersion)
  expect(cluster.get(web)!["spec"].replicas).toBe(2)
})
