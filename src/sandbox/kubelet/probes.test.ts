import { describe, expect, it } from "vitest"
import { openStage, seen, server } from "./stage.test-support.ts"

const quick = { periodSeconds: 1, failureThreshold: 2, timeoutSeconds: 40 }

describe("a readiness probe", () => {
  it("keeps a pod from being ready while it fails, and says why", async () => {
    const stage = openStage()
    stage.run({ app: { ...server("s.statusCode=503;s.end()"), readinessProbe: { ...quick, httpGet: { port: 8080 } } } })
    const text = "Unhealthy: Readiness probe failed: HTTP probe failed with statuscode: 503"
    await seen(() => expect(stage.told()).toContain(text))
    expect(stage.pod().status).toMatchObject({ phase: "Running", containerStatuses: [{ ready: false, started: true }] })
    const message = "containers with unready status: [app]"
    const ready = { type: "Ready", status: "False", reason: "ContainersNotReady", message }
    expect(stage.pod().status?.conditions).toContainEqual(expect.objectContaining(ready))
  })

  it("makes it ready, unready and ready again without a restart", async () => {
    const stage = openStage()
    const answer = "if(q.url=='/turn')bad=!bad;s.statusCode=bad?500:200;s.end()"
    stage.run({ app: { ...server(answer, "bad=false"), readinessProbe: { ...quick, httpGet: { port: "http" } } } })
    for (const ready of [true, false, true]) {
      await seen(() => expect(stage.app().ready).toBe(ready))
      await fetch(`http://${stage.pod().status?.podIP}:8080/turn`)
    }
    expect(stage.app().restartCount).toBe(0)
  })

  it("asks with the path, the query and the headers it is given, and follows to the same host only", async () => {
    const stage = openStage()
    const answer = `
      console.log(q.url, q.headers.host, q.headers['x-who'], q.headers['user-agent'].split('/')[0])
      if (q.url == '/there?now=1') return s.end()
      s.writeHead(302, { location: '/there?now=1' }).end()`
    const httpHeaders = [
      { name: "X-Who", value: "me" },
      { name: "Host", value: "shop.example" },
    ]
    const readinessProbe = { ...quick, httpGet: { path: "/here?now=1", port: 8080, httpHeaders } }
    stage.run({ app: { ...server(answer), readinessProbe } })
    await seen(() => expect(stage.app().ready).toBe(true))
    const lines = (await stage.log()).split("\n")
    expect(lines.slice(0, 2)).toEqual([
      "/here?now=1 shop.example me kube-probe",
      "/there?now=1 shop.example me kube-probe",
    ])
  })

  it("fails when no answer comes in time", async () => {
    const stage = openStage()
    stage.run({
      app: { ...server(""), readinessProbe: { ...quick, timeoutSeconds: 1, httpGet: { port: 8080, path: "/" } } },
    })
    const why = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)"
    await seen(() => {
      const url = `http://${stage.pod().status?.podIP}:8080/`
      expect(stage.told()).toContain(`Unhealthy: Readiness probe failed: Get "${url}": ${why}`)
    })
  })

  it("fails where nothing listens", async () => {
    const stage = openStage()
    stage.run({ app: { readinessProbe: { ...quick, tcpSocket: { port: 8080 } } } })
    await seen(() => {
      const why = `dial tcp ${stage.pod().status?.podIP}:8080: connect: connection refused`
      expect(stage.told()).toContain(`Unhealthy: Readiness probe failed: ${why}`)
    })
  })

  it("passes where a connection is taken", async () => {
    const stage = openStage()
    stage.run({ app: { ...server(), readinessProbe: { ...quick, tcpSocket: { port: "http" } } } })
    await seen(() => expect(stage.app().ready).toBe(true))
  })

  it("passes when its command succeeds, with the environment of the container", async () => {
    const stage = openStage()
    const exec = { command: ["/bin/sh", "-c", 'test -e "$HOME/ready" || { echo not $COLOR yet; exit 1; }'] }
    const script = "sleep 0.3; touch ready; exec sleep 100"
    const app = { env: [{ name: "COLOR", value: "blue" }], readinessProbe: { ...quick, exec } }
    stage.run({ script, app })
    await seen(() => expect(stage.told()).toContain("Unhealthy: Readiness probe failed: not blue yet\n"))
    await seen(() => expect(stage.app().ready).toBe(true))
  })

  it("fails when its command takes too long", async () => {
    const stage = openStage()
    const readinessProbe = { ...quick, timeoutSeconds: 2, exec: { command: ["sleep", "60"] } }
    stage.run({ app: { readinessProbe } })
    const why = 'command timed out: "sleep 60" timed out after 2s'
    await seen(() => expect(stage.told()).toContain(`Unhealthy: Readiness probe failed: ${why}`))
  })

  it("asks the program where its command is only in the real image", async () => {
    const { image, args, ports } = server("s.statusCode=q.url=='/readyz'?200:500;s.end()")
    const command = [process.execPath, "-e", ...args]
    const stage = openStage({ images: [{ image, command, asRequest: () => ({ port: 8080, path: "/readyz" }) }] })
    stage.run({ app: { image, ports, readinessProbe: { ...quick, exec: { command: ["only-there"] } }, args: [] } })
    await seen(() => expect(stage.app().ready).toBe(true))
  })

  it("of a kind that the sandbox lacks is told of", async () => {
    const stage = openStage()
    stage.run({ app: { readinessProbe: { ...quick, grpc: { port: 8080 } } } })
    await seen(() => expect(stage.told().join("\n")).toContain("no grpc probes"))
    expect(stage.app().ready).toBe(false)
  })

  it("does not count before its delay is over", async () => {
    const stage = openStage()
    const readinessProbe = { ...quick, initialDelaySeconds: 8, exec: { command: ["true"] } }
    stage.run({ app: { readinessProbe } })
    await seen(() => expect(stage.app().ready).toBe(true))
    const { startedAt = "" } = stage.app().state?.running ?? {}
    const since = stage.pod().status?.conditions?.find(({ type }) => type === "Ready")?.lastTransitionTime
    expect(Date.parse(String(since)) - Date.parse(String(startedAt))).toBeGreaterThanOrEqual(8000)
  })
})

describe("a liveness probe", () => {
  it("restarts a container that fails it, gracefully", async () => {
    const stage = openStage()
    const exec = { command: ["/bin/sh", "-c", "test ! -e $HOME/sick"] }
    const script = "trap 'rm sick; echo bye; exit 0' TERM; echo up; touch sick; while :; do sleep 0.02; done"
    stage.run({ script, app: { livenessProbe: { ...quick, exec } } })
    await seen(() => expect(stage.app().restartCount).toBeGreaterThan(0))
    expect(stage.told()).toContain("Killing: Container app failed liveness probe, will be restarted")
    expect(stage.told()).toContain("Unhealthy: Liveness probe failed: ")
    expect(await stage.log("app", { previous: true })).toBe("up\nbye\n")
  })

  it("gives the time that it names to a container that does not end", async () => {
    const stage = openStage()
    const livenessProbe = { ...quick, exec: { command: ["false"] }, terminationGracePeriodSeconds: 1 }
    const script = "trap '' TERM; while :; do sleep 0.02; done"
    stage.run({ script, app: { livenessProbe }, terminationGracePeriodSeconds: 3600 })
    await seen(() => expect(stage.app().lastState?.terminated?.exitCode).toBe(137))
  })
})

describe("a startup probe", () => {
  const exec = (command: string) => ({ exec: { command: ["/bin/sh", "-c", command] } })

  it("holds the others back until it passes", async () => {
    const stage = openStage()
    const script = "sleep 0.2; touch up; exec sleep 100"
    const startupProbe = { periodSeconds: 1, failureThreshold: 60, ...exec("test -e $HOME/up") }
    stage.run({ script, app: { startupProbe, livenessProbe: { ...quick, ...exec("test -e $HOME/up") } } })
    await seen(() => expect(stage.app()).toMatchObject({ started: false, ready: false, state: { running: {} } }))
    await seen(() => expect(stage.app()).toMatchObject({ started: true, ready: true, restartCount: 0 }))
  })

  it("restarts a container that does not pass it in time", async () => {
    const stage = openStage()
    stage.run({ app: { startupProbe: { ...quick, ...exec("false") } } })
    await seen(() => expect(stage.app().restartCount).toBeGreaterThan(0))
    expect(stage.told()).toContain("Killing: Container app failed startup probe, will be restarted")
  })
})

describe("a hook after the start", () => {
  it("comes before the container counts as running", async () => {
    const stage = openStage()
    const postStart = { exec: { command: ["/bin/sh", "-c", "sleep 0.2; echo done > $HOME/hook"] } }
    stage.run({
      script: "while ! cat hook 2>/dev/null; do sleep 0.02; done; exec sleep 100",
      app: { lifecycle: { postStart } },
    })
    await seen(() => expect(stage.told()).toContain("Started: Container started"))
    expect(stage.app().state?.running).toBeUndefined()
    await seen(() => expect(stage.app().state?.running).toBeDefined())
    await seen(async () => expect(await stage.log()).toBe("done\n"))
  })

  it("ends the container when it fails", async () => {
    const stage = openStage()
    const postStart = { exec: { command: ["/bin/sh", "-c", "echo secret; exit 1"] } }
    stage.run({ app: { lifecycle: { postStart } } })
    await seen(() => expect(stage.app().restartCount).toBeGreaterThan(0))
    expect(stage.told()).toContain("FailedPostStartHook: PostStartHook failed")
    expect(stage.told().join()).not.toContain("secret")
  })
})
