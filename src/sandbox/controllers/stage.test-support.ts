import type { KubeObject, ObjectRef } from "#api/objects.ts"
import { refOf } from "#api/objects.ts"
import { type TestCluster, testCluster } from "../apiserver/cluster.test-support.ts"
import { type Kind, timeText } from "../contract.ts"
import { testClock, type TestClock } from "./clock.test-support.ts"
import { createTell } from "./events.ts"
import { events, isEnding, nodes, pods } from "./kinds.ts"
import { lookUpLabelled } from "./lookup.ts"
import type { Controller } from "./loop.ts"
import type { World } from "./world.ts"

/** A cluster with some controllers, in which time passes by itself only when a test says so. */
export interface Stage {
  cluster: TestCluster
  clock: TestClock
  world: World
  errors: unknown[]
  /** Lets the controllers do what is to be done at once. */
  settle(): Promise<void>
  pods(namespace?: string): KubeObject[]
  /** The messages of all events of a reason. */
  told(reason: string): string[]
  /** What a kubelet would say of a pod. */
  say(pod: KubeObject, status: object): KubeObject
  ready(pod: KubeObject): KubeObject
  unready(pod: KubeObject): KubeObject
  /** Every pod with a node gets ready, and every one that is deleted ends. */
  tick(): Promise<void>
  /** Ticks until nothing changes any more. */
  rest(): Promise<void>
}

export function stage(...starts: ((world: World) => Controller)[]): Stage {
  const clock = testClock()
  const cluster = testCluster(clock)
  const errors: unknown[] = []
  const onError = (message: string, error: unknown) => void errors.push(new Error(message, { cause: error }))
  const world: World = {
    cluster,
    clock,
    onError,
    pods: lookUpLabelled(cluster, pods),
    tell: createTell({ cluster, clock, onError }),
  }
  for (const start of starts) start(world)
  let ips = 0

  const condition = (type: string, status: string) => ({ type, status, lastTransitionTime: timeText(clock.now()) })
  const settle = () => clock.pass(10)
  const say = (pod: KubeObject, status: object): KubeObject => cluster.patch(refOf(pod), { status }, "status")
  const running = (pod: KubeObject, isReady: string) =>
    say(pod, {
      phase: "Running",
      podIP: pod["status"]?.podIP ?? `10.0.0.${++ips}`,
      startTime: timeText(clock.now()),
      conditions: [condition("PodScheduled", "True"), condition("Ready", isReady)],
    })

  const theStage: Stage = {
    cluster,
    clock,
    world,
    errors,
    settle,
    pods: (namespace) => cluster.list(pods, namespace),
    told: (reason) =>
      cluster
        .list(events)
        .filter((event) => event["reason"] === reason)
        .map((event) => event["message"]),
    say,
    ready: (pod) => running(pod, "True"),
    unready: (pod) => running(pod, "False"),
    async tick() {
      for (const pod of cluster.list(pods)) {
        if (isEnding(pod)) cluster.delete(refOf(pod), { gracePeriodSeconds: 0 })
        else if (pod["spec"].nodeName && pod["status"]?.phase === "Pending") theStage.ready(pod)
      }
      await settle()
    },
    async rest() {
      await settle()
      for (let before = -1, turns = 0; before !== cluster.writes() && turns < 200; turns++) {
        before = cluster.writes()
        await theStage.tick()
      }
    },
  }
  return theStage
}

export const theNode = (labels: Record<string, string> = {}): KubeObject => ({
  ...nodes,
  metadata: { name: "sandbox", labels },
})

type Given = { name?: string; spec?: Record<string, unknown>; annotations?: Record<string, string>; image?: string }

/** A workload whose pods are labelled with its name. */
export function workload(
  kind: Kind,
  { name = "web", spec = {}, annotations, image = "app:1" }: Given = {},
): KubeObject {
  return {
    ...kind,
    metadata: { name, namespace: "test", ...(annotations ? { annotations } : {}) },
    spec: {
      replicas: 3,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "app", image }] } },
      ...spec,
    },
  }
}

export const inTest = (kind: Kind, name: string): ObjectRef => ({ ...kind, namespace: "test", name })

export const conditionIn = (object: KubeObject | undefined, type: string) =>
  object?.["status"]?.conditions?.find((condition: { type: string }) => condition.type === type)
