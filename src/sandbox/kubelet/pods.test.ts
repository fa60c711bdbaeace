import { createServer } from "node:net"
import { describe, expect, it, onTestFinished } from "vitest"
import { realPort } from "./ports.ts"
import { isAlive, openStage, seen, server, type Stage } from "./stage.test-support.ts"

const web = { apiVersion: "v1", kind: "Pod", namespace: "default", name: "web" }
const conditionsOf = (stage: Stage) =>
  Object.fromEntries((stage.pod().status?.conditions ?? []).map(({ type, status }) => [type, status]))

describe("a pod", () => {
  it("runs as a process at an address of its own, and is ready once its readiness probe passes", async () => {
    const stage = openStage()
    stage.run({ app: { ...server(), readinessProbe: { httpGet: { path: "/", port: "http" } } } })
    await seen(() => expect(conditionsOf(stage)["Ready"]).toBe("True"))
    const { status } = stage.pod()
    expect(status).toMatchObject({ phase: "Running", hostIP: "127.0.0.1", podIPs: [{ ip: status!.podIP }] })
    expect(conditionsOf(stage)).toEqual({
      PodReadyToStartContainers: "True",
      Initialized: "True",
      Ready: "True",
      ContainersReady: "True",
      PodScheduled: "True",
    })
    const answer = await fetch(`http://${status!.podIP}:8080/`)
    expect(await answer.text()).toBe("ok")
    expect(stage.told()).toEqual([
      'Pulled: Container image "node" already present on machine and can be accessed by the pod',
      "Created: Container created",
      "Started: Container started",
    ])
    expect(stage.problems).toEqual([])
  })

  it("is left alone without a node, and on another one", async () => {
    const stage = openStage()
    stage.run({ nodeName: "elsewhere" }, { name: "other" })
    stage.run({ nodeName: undefined }, { name: "nowhere" })
    stage.run({})
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    for (const name of ["other", "nowhere"]) expect(stage.pod(name).status?.containerStatuses).toBeUndefined()
  })

  it("runs two of a kind on the same port", async () => {
    const stage = openStage()
    for (const name of ["one", "two"]) stage.run({ app: server(`s.end('${name}')`) }, { name })
    for (const name of ["one", "two"]) {
      await seen(async () => {
        const answer = await fetch(`http://${stage.pod(name).status?.podIP}:8080/`)
        expect(await answer.text()).toBe(name)
      })
    }
  })

  it("listens elsewhere, and says where, when its port is taken on all addresses", async () => {
    const taken = createServer()
    onTestFinished(() => void taken.close())
    await new Promise<void>((done) => taken.listen(0, "0.0.0.0", done))
    const { port: containerPort } = taken.address() as { port: number }
    const stage = openStage()
    const readinessProbe = { httpGet: { path: "/", port: "http" } }
    stage.run({ app: { ...server("s.end('here')"), ports: [{ name: "http", containerPort }], readinessProbe } })
    await seen(() => expect(conditionsOf(stage)["Ready"]).toBe("True"))
    const port = realPort(stage.pod(), containerPort)
    expect(port).not.toBe(containerPort)
    expect(await (await fetch(`http://${stage.pod().status?.podIP}:${port}/`)).text()).toBe("here")
  })

  it("runs nothing for an image without a command, and waits to be deleted", async () => {
    const stage = openStage()
    stage.run({ app: { image: "pause:3.10", args: undefined } })
    await seen(() => expect(conditionsOf(stage)["Ready"]).toBe("True"))
    expect(stage.kubelet.usage("default/web")).toBeUndefined()
    stage.cluster.delete(web)
    await seen(() => expect(stage.pod()).toBeUndefined())
  })

  it("waits, and says what to do, while no program is known for its image", async () => {
    const stage = openStage()
    stage.run({ app: { image: "acme/shop:1.2" } })
    await seen(() => expect(stage.app().state?.waiting?.reason).toBe("ErrImagePull"))
    await seen(() => expect(stage.app().state?.waiting?.reason).toBe("ImagePullBackOff"))
    expect(stage.pod().status?.phase).toBe("Pending")
    expect(stage.told()).toContain('BackOff: Back-off pulling image "acme/shop:1.2"')
    expect(stage.told().join("\n")).toContain('{ image: "acme/shop", command: ["node", "/path/to/server.js"] }')
    await expect(stage.log()).rejects.toThrow(
      'container "app" in pod "web" is waiting to start: trying and failing to pull image',
    )
  })

  it("starts as soon as its image is put right", async () => {
    const stage = openStage()
    const { spec } = stage.run({ app: { image: "acme/shop" } })
    await seen(() => expect(stage.app().state?.waiting?.reason).toBe("ImagePullBackOff"))
    stage.cluster.patch(web, { spec: { containers: [{ ...spec.containers[0], image: "shell" }] } })
    await seen(() => expect(stage.app().state?.running).toBeDefined())
  })

  it("tells of a program that is not there", async () => {
    const stage = openStage()
    stage.run({ app: { command: ["no-such-program"] } })
    await seen(() => expect(stage.app().lastState?.terminated).toMatchObject({ exitCode: 128, reason: "StartError" }))
    const why = 'exec: "no-such-program": executable file not found in $PATH'
    expect(stage.told()).toContain(`Failed: Error: failed to start container "app": ${why}`)
  })
})

describe("the end of a pod", () => {
  it("is graceful, and the pod is gone after it", async () => {
    const stage = openStage()
    stage.run({ script: "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.02; done" })
    await seen(async () => expect(await stage.log()).toBe("up\n"))
    const following = stage.log("app", { follow: true })
    stage.cluster.delete(web)
    expect(await following).toBe("up\nbye\n")
    await seen(() => expect(stage.pod()).toBeUndefined())
    expect(stage.told()).toContain("Killing: Stopping container app")
  })

  it("is forced when the time given is over, with all that the program has started", async () => {
    const stage = openStage()
    stage.run({ script: "trap '' TERM; sleep 50 & echo $!; wait; sleep 50", terminationGracePeriodSeconds: 4 })
    await seen(async () => expect(await stage.log()).toMatch(/\d+\n/))
    const child = Number(await stage.log())
    stage.cluster.delete(web)
    await seen(() => expect(stage.pod()).toBeUndefined())
    await seen(() => expect(isAlive(child)).toBe(false))
  })

  it("begins with the hook before it, which may take part of the time", async () => {
    const stage = openStage()
    const preStop = { exec: { command: ["/bin/sh", "-c", "echo hook > $HOME/hook"] } }
    const script = "trap 'cat $HOME/hook; exit 0' TERM; echo up; while :; do sleep 0.02; done"
    stage.run({ script, app: { lifecycle: { preStop } } })
    await seen(async () => expect(await stage.log()).toBe("up\n"))
    const following = stage.log("app", { follow: true })
    stage.cluster.delete(web)
    expect(await following).toBe("up\nhook\n")
  })

  it("does not wait for a hook longer than the time given", async () => {
    const stage = openStage()
    const lifecycle = { preStop: { exec: { command: ["sleep", "3600"] } } }
    stage.run({ app: { lifecycle }, terminationGracePeriodSeconds: 2 })
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    stage.cluster.delete(web)
    await seen(() => expect(stage.pod()).toBeUndefined())
  })

  it("comes also to one that the API server has forgotten already", async () => {
    const stage = openStage()
    stage.run({ script: "echo $$$$; exec sleep 100" })
    await seen(async () => expect(await stage.log()).toMatch(/\d+\n/))
    const pid = Number(await stage.log())
    stage.cluster.delete(web, { gracePeriodSeconds: 0 })
    expect(stage.pod()).toBeUndefined()
    await seen(() => expect(isAlive(pid)).toBe(false))
  })

  it("makes room for another of the same name", async () => {
    const stage = openStage()
    const first = stage.run({ script: "trap '' TERM; while :; do sleep 0.02; done" })
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    stage.cluster.delete(web, { gracePeriodSeconds: 0 })
    stage.run({ script: "echo second; exec sleep 100" })
    await seen(async () => expect(await stage.log()).toBe("second\n"))
    expect(stage.pod().metadata.uid).not.toBe(first.metadata.uid)
  })

  it("comes by its deadline", async () => {
    const stage = openStage()
    stage.run({ activeDeadlineSeconds: 3 })
    await seen(() => expect(stage.pod().status?.phase).toBe("Failed"))
    const message = "Pod was active on the node longer than the specified deadline"
    expect(stage.pod().status).toMatchObject({ reason: "DeadlineExceeded", message })
    await seen(() => expect(stage.app().state?.terminated).toBeDefined())
  })
})

describe("a container that ends", () => {
  const quick = { backOff: { firstMs: 1000, longestMs: 4000 } }

  it("starts again at once, and then after longer and longer", async () => {
    const stage = openStage(quick)
    stage.run({ script: "echo run; exit 3" })
    await seen(() => expect(stage.app().restartCount).toBe(1))
    await seen(() => expect(stage.app().state?.waiting?.reason).toBe("CrashLoopBackOff"))
    expect(stage.app().lastState?.terminated).toMatchObject({ exitCode: 3, reason: "Error" })
    const id = `web_default(${stage.pod().metadata.uid})`
    expect(stage.app().state?.waiting?.message).toMatch(
      /^back-off 1s restarting failed container=app pod=web_default\(/,
    )
    expect(stage.told()).toContain(`BackOff: Back-off restarting failed container app in pod ${id}`)
    expect(stage.pod().status?.phase).toBe("Running")
    await seen(() => expect(stage.app().state?.waiting?.message).toMatch(/^back-off 4s/))
    expect(await stage.log("app", { previous: true })).toBe("run\n")
  })

  it("makes a pod that never restarts fail", async () => {
    const stage = openStage()
    const terminationMessagePolicy = "FallbackToLogsOnError"
    stage.run({ script: "echo out of luck; exit 3", app: { terminationMessagePolicy }, restartPolicy: "Never" })
    await seen(() => expect(stage.pod().status?.phase).toBe("Failed"))
    expect(stage.app()).toMatchObject({ restartCount: 0, ready: false })
    expect(stage.app().state?.terminated).toMatchObject({ exitCode: 3, reason: "Error", message: "out of luck\n" })
    expect(conditionsOf(stage)).toMatchObject({ Ready: "False", Initialized: "True" })
  })

  it("starts again after a failure, and no more after success", async () => {
    const stage = openStage(quick)
    const script = "test -e $HOME/again && exit 0; touch $HOME/again; exit 1"
    stage.run({ script, restartPolicy: "OnFailure" })
    await seen(() => expect(stage.pod().status?.phase).toBe("Succeeded"))
    expect(stage.app()).toMatchObject({ restartCount: 1, state: { terminated: { exitCode: 0, reason: "Completed" } } })
    expect(stage.app().lastState?.terminated?.exitCode).toBe(1)
    stage.cluster.delete(web)
    expect(stage.pod()).toBeUndefined()
  })

  it("tells the signal that ended it", async () => {
    const stage = openStage()
    stage.run({ script: "kill -9 $$$$", restartPolicy: "Never" })
    await seen(() => expect(stage.app().state?.terminated).toMatchObject({ exitCode: 137, signal: 9 }))
  })

  it("keeps nothing of what it has started", async () => {
    const stage = openStage()
    stage.run({ script: "sleep 50 & echo $!", restartPolicy: "Never" })
    await seen(() => expect(stage.pod().status?.phase).toBe("Succeeded"))
    const child = Number(await stage.log())
    await seen(() => expect(isAlive(child)).toBe(false))
  })
})

describe("init containers", () => {
  const init = (name: string, script: string, more = {}) => ({ name, image: "shell", args: [script], ...more })
  const shared = { volumes: [{ name: "all", emptyDir: {} }] }
  const mount = { volumeMounts: [{ name: "all", mountPath: "/all" }] }

  it("run one after the other before the others", async () => {
    const stage = openStage()
    stage.run({
      ...shared,
      initContainers: [
        init("first", "sleep 0.1; echo 1 >> all/list", mount),
        init("second", "echo 2 >> all/list", mount),
      ],
      script: "cat all/list; exec sleep 100",
      app: mount,
    })
    await seen(() => expect(conditionsOf(stage)["Initialized"]).toBe("False"))
    expect(stage.app().state?.waiting?.reason).toBe("PodInitializing")
    expect(stage.pod().status?.phase).toBe("Pending")
    await seen(async () => expect(await stage.log()).toBe("1\n2\n"))
    const [first] = stage.pod().status?.initContainerStatuses ?? []
    expect(first).toMatchObject({ name: "first", ready: true, state: { terminated: { reason: "Completed" } } })
    expect(conditionsOf(stage)["Initialized"]).toBe("True")
  })

  it("keep the others from starting when one fails for good", async () => {
    const stage = openStage()
    stage.run({ initContainers: [init("broken", "exit 1")], restartPolicy: "Never" })
    await seen(() => expect(stage.pod().status?.phase).toBe("Failed"))
    expect(stage.app().state?.waiting?.reason).toBe("PodInitializing")
  })

  it("are tried again until they succeed", async () => {
    const stage = openStage()
    stage.run({ initContainers: [init("shy", "test -e $HOME/again && exit 0; touch $HOME/again; exit 1")] })
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    expect(stage.pod().status?.initContainerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true })
  })

  it("that always restart run beside the others, and end after them", async () => {
    const stage = openStage()
    const helper = "trap 'echo helper >> all/ends; exit 0' TERM; while :; do sleep 0.02; done"
    stage.run({
      ...shared,
      initContainers: [init("helper", helper, { ...mount, restartPolicy: "Always" })],
      script: "sleep 0.1; echo app >> all/ends; readlink all",
      app: mount,
      restartPolicy: "Never",
    })
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    expect(stage.pod().status?.initContainerStatuses?.[0]).toMatchObject({ started: true, state: { running: {} } })
    await seen(() => expect(stage.pod().status?.phase).toBe("Succeeded"))
    expect(stage.pod().status?.initContainerStatuses?.[0]?.state?.terminated?.exitCode).toBe(0)
  })
})
