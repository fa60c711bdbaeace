import { expect, it, onTestFinished } from "vitest"
import { startApiServer } from "../apiserver/server.ts"
import { fastClock, openStage, seen, type Stage } from "./stage.test-support.ts"

const web = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web" }

/** With the API server of the sandbox, which checks all that is written. */
async function openRealStage(): Promise<Stage> {
  const clock = fastClock()
  const { cluster, close } = await startApiServer({ clock })
  onTestFinished(close)
  return openStage({ cluster, clock })
}

it("writes nothing that the API server refuses", async () => {
  const stage = await openRealStage()
  const readinessProbe = { periodSeconds: 1, exec: { command: ["false"] } }
  stage.run({
    initContainers: [{ name: "init", image: "shell", args: ["exit 0"] }],
    containers: [
      { name: "app", image: "shell", args: ["exec sleep 100"], readinessProbe },
      { name: "crash", image: "shell", args: ["exit 1"] },
      { name: "unknown", image: "acme/shop" },
    ],
  })
  await seen(() => {
    const states = stage.pod().status?.containerStatuses?.map(({ name, state }) => [name, state?.waiting?.reason])
    expect(states).toEqual([
      ["app", undefined],
      ["crash", "CrashLoopBackOff"],
      ["unknown", "ImagePullBackOff"],
    ])
    expect(stage.told()).toContain("Unhealthy: Readiness probe failed: ")
  })
  stage.cluster.delete(web)
  await seen(() => expect(stage.pod()).toBeUndefined())
  expect(stage.problems).toEqual([])
  const lease = { apiVersion: "coordination.k8s.io/v1", kind: "Lease", namespace: "kube-node-lease", name: "sandbox" }
  const { renewTime } = stage.cluster.get(lease)?.["spec"] ?? {}
  await seen(() => expect(stage.cluster.get(lease)?.["spec"].renewTime > renewTime).toBe(true))
  expect(stage.cluster.get({ apiVersion: "v1", kind: "Node", name: "sandbox" })?.["status"].conditions).toHaveLength(1)
})

it("ends a pod sooner when less time is given later", async () => {
  const stage = await openRealStage()
  stage.run({ script: "trap '' TERM; echo up; while :; do sleep 0.02; done", terminationGracePeriodSeconds: 3600 })
  await seen(async () => expect(await stage.log()).toBe("up\n"))
  stage.cluster.delete(web)
  await seen(() => expect(stage.told()).toContain("Killing: Stopping container app"))
  expect(stage.pod()).toBeDefined()
  stage.cluster.delete(web, { gracePeriodSeconds: 1 })
  await seen(() => expect(stage.pod()).toBeUndefined())
})
