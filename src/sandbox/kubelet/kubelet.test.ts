import { spawn } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { buildSync } from "esbuild"
import { describe, expect, it, onTestFinished } from "vitest"
import { systemClock } from "../contract.ts"
import { images, isAlive, openStage, seen, type Stage } from "./stage.test-support.ts"

async function pidOf(stage: Stage): Promise<number> {
  await seen(async () => expect(await stage.log()).toMatch(/^\d+\s/))
  return Number.parseInt(await stage.log(), 10)
}

describe("the kubelet", () => {
  it("makes its node known, with a lease that it renews", async () => {
    const stage = openStage()
    const node = stage.cluster.get({ apiVersion: "v1", kind: "Node", name: "sandbox" })
    const [ready] = node?.["status"].conditions ?? []
    expect(ready).toMatchObject({ type: "Ready", status: "True" })
    const lease = () =>
      stage.cluster.get({
        apiVersion: "coordination.k8s.io/v1",
        kind: "Lease",
        namespace: "kube-node-lease",
        name: "sandbox",
      })
    const first = lease()?.["spec"].renewTime
    await seen(() => expect(lease()?.["spec"].renewTime > first).toBe(true))
  })

  it("leaves no process and no file behind when it stops", async () => {
    const stage = openStage()
    stage.run({ script: "echo $$$$ $HOME; trap '' TERM; sleep 100 & sleep 100" })
    const pid = await pidOf(stage)
    const [, folder = ""] = (await stage.log()).trim().split(" ")
    expect(existsSync(folder)).toBe(true)
    await stage.kubelet.stop()
    expect(isAlive(pid)).toBe(false)
    expect(existsSync(folder)).toBe(false)
    expect(stage.pod().status?.phase).toBe("Running")
    expect(stage.problems).toEqual([])
  })

  it("starts again what was running before it came", async () => {
    const stage = openStage()
    const first = stage.run({ script: "echo $$$$; exec sleep 100" })
    stage.run({ script: "exit 0", restartPolicy: "Never" }, { name: "once" })
    stage.run({ restartPolicy: "Never" }, { name: "lost" })
    await pidOf(stage)
    await seen(() => expect(stage.pod("once").status?.phase).toBe("Succeeded"))
    await seen(() => expect(stage.pod("lost").status?.phase).toBe("Running"))
    await stage.kubelet.stop()
    const later = openStage({ cluster: stage.cluster })
    await pidOf(later)
    await seen(() => expect(later.app()).toMatchObject({ restartCount: 1, state: { running: {} } }))
    expect(later.app().lastState?.terminated).toMatchObject({ exitCode: 137, reason: "ContainerStatusUnknown" })
    expect(later.pod().metadata.uid).toBe(first.metadata.uid)
    await seen(() => expect(later.pod("lost").status?.phase).toBe("Failed"))
    expect(later.app("once").restartCount).toBe(0)
  })

  it("prepares again what init containers had prepared", async () => {
    const stage = openStage()
    const mount = { volumeMounts: [{ name: "all", mountPath: "/all" }] }
    stage.run({
      volumes: [{ name: "all", emptyDir: {} }],
      initContainers: [{ name: "init", image: "shell", args: ["echo $$$$ > all/pid"], ...mount }],
      script: "cat all/pid; exec sleep 100",
      app: mount,
    })
    await pidOf(stage)
    await stage.kubelet.stop()
    const later = openStage({ cluster: stage.cluster })
    await pidOf(later)
    expect(later.pod().status?.initContainerStatuses?.[0]).toMatchObject({ restartCount: 1, ready: true })
  })

  it("finishes deletions that it finds", async () => {
    const stage = openStage()
    stage.run({})
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    await stage.kubelet.stop()
    stage.cluster.delete({ apiVersion: "v1", kind: "Pod", namespace: "default", name: "web" })
    expect(stage.pod().metadata.deletionTimestamp).toBeDefined()
    openStage({ cluster: stage.cluster })
    await seen(() => expect(stage.pod()).toBeUndefined())
  })

  it("tells how much processor time a pod takes", async () => {
    const stage = openStage({ clock: systemClock })
    stage.run({ script: "while :; do :; done" })
    stage.run({}, { name: "idle" })
    await seen(() => expect(stage.kubelet.usage("default/web")?.cpuMillicores).toBeGreaterThan(100))
    expect(stage.kubelet.usage("default/idle")?.cpuMillicores).toBeLessThan(100)
    expect(stage.kubelet.usage("default/nobody")).toBeUndefined()
  })
})

describe("the programs of pods", () => {
  it("end when the sandbox is killed without a word", async () => {
    const folder = mkdtempSync(join(tmpdir(), "flagger-test-"))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const source = `
      import { startProgram } from ${JSON.stringify(join(import.meta.dirname, "process.ts"))}
      const command = ["/bin/sh", "-c", "trap '' TERM HUP; sleep 100 & echo $$ $!; sleep 100"]
      await startProgram({ command, env: { PATH: process.env.PATH }, folder: "/", onOutput: (text) => process.stdout.write(text) })`
    const outfile = join(folder, "parent.mjs")
    buildSync({
      stdin: { contents: source, resolveDir: import.meta.dirname },
      bundle: true,
      platform: "node",
      format: "esm",
      outfile,
    })
    const parent = spawn(process.execPath, [outfile], { stdio: ["ignore", "pipe", "inherit"] })
    onTestFinished(() => void parent.kill("SIGKILL"))
    const text = await new Promise<string>((done) => parent.stdout.once("data", (chunk) => done(String(chunk))))
    const pids = text.trim().split(" ").map(Number)
    expect(pids.map(isAlive)).toEqual([true, true])
    const killedMs = performance.now()
    parent.kill("SIGKILL")
    await seen(() => expect(pids.map(isAlive)).toEqual([false, false]))
    expect(performance.now() - killedMs).toBeLessThan(2000)
  })
})

describe("the log of a container", () => {
  const ref = { clock: systemClock, images }

  it("can be cut to its last lines, and to so many bytes", async () => {
    const stage = openStage(ref)
    stage.run({ script: "echo one; echo two >&2; echo three; exec sleep 100" })
    await seen(async () => expect(await stage.log()).toMatch(/three/))
    expect(await stage.log("app", { tailLines: 1 })).toBe("three\n")
    expect(await stage.log("app", { tailLines: 0 })).toBe("")
    expect(await stage.log("app", { limitBytes: 6 })).toHaveLength(6)
  })

  it("is followed until the container ends, or the reader has enough", async () => {
    const stage = openStage(ref)
    stage.run({ script: "echo one; sleep 0.2; echo two", restartPolicy: "Never" })
    await seen(async () => expect(await stage.log()).toBe("one\n"))
    const enough = new AbortController()
    const first = stage.log("app", { follow: true, signal: enough.signal })
    enough.abort()
    expect(await first).toBe("one\n")
    expect(await stage.log("app", { follow: true })).toBe("one\ntwo\n")
  })

  it("is refused where there is none", async () => {
    const stage = openStage()
    stage.run({})
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    await expect(stage.log("app", { previous: true })).rejects.toThrow(
      'previous terminated container "app" in pod "web" not found',
    )
    await expect(stage.log("other")).rejects.toThrow('container "other" in pod "web" is not available')
  })
})
