import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import { openStage, seen, type Stage } from "./stage.test-support.ts"

const secret = (text: string) => Buffer.from(text).toString("base64")
const keep = (stage: Stage, kind: string, name: string, data: object) =>
  stage.cluster.create({ apiVersion: "v1", kind, metadata: { name, namespace: "default" }, data })
const wait = "exec sleep 100"

describe("the environment of a container", () => {
  const shown = async (stage: Stage, variables: string, app: object, more = {}): Promise<string> => {
    stage.run({ script: `echo "${variables}"; ${wait}`, app, ...more }, { labels: { app: "web" } })
    await seen(async () => expect(await stage.log()).toMatch(/\n$/))
    return (await stage.log()).trimEnd()
  }

  it("has values, and values made of values before them", async () => {
    const env = [
      { name: "WHO", value: "world" },
      { name: "HELLO", value: "hello $(WHO), $(NOBODY), $$(WHO)" },
    ]
    expect(await shown(openStage(), "$HELLO", { env })).toBe("hello world, $(NOBODY), $(WHO)")
  })

  it("has what ConfigMaps and Secrets say, its own words winning", async () => {
    const stage = openStage()
    keep(stage, "ConfigMap", "settings", { COLOR: "blue", SIZE: "L" })
    keep(stage, "Secret", "keys", { KEY: secret("s3cret") })
    const env = [
      { name: "SIZE", value: "XL" },
      { name: "ONE", valueFrom: { configMapKeyRef: { name: "settings", key: "COLOR" } } },
      { name: "TWO", valueFrom: { secretKeyRef: { name: "keys", key: "KEY" } } },
      { name: "NONE", valueFrom: { secretKeyRef: { name: "missing", key: "KEY", optional: true } } },
    ]
    const envFrom = [
      { configMapRef: { name: "settings" } },
      { prefix: "MY_", secretRef: { name: "keys" } },
      { configMapRef: { name: "missing", optional: true } },
    ]
    const text = await shown(stage, "$COLOR $SIZE $MY_KEY $ONE $TWO ${NONE-unset}", { env, envFrom })
    expect(text).toBe("blue XL s3cret blue s3cret unset")
  })

  it("has what is asked of the pod and its resources", async () => {
    const field = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })
    const resource = (name: string, given: object) => ({ name, valueFrom: { resourceFieldRef: given } })
    const stage = openStage()
    const text = await shown(stage, "$NAME $IP $NODE $LABEL $CPU $MEMORY", {
      env: [
        field("NAME", "metadata.name"),
        field("IP", "status.podIP"),
        field("NODE", "spec.nodeName"),
        field("LABEL", "metadata.labels['app']"),
        resource("CPU", { resource: "requests.cpu", divisor: "1m" }),
        resource("MEMORY", { resource: "limits.memory", divisor: "1Mi" }),
      ],
      resources: { requests: { cpu: "0.1" }, limits: { memory: "64Mi" } },
    })
    expect(text).toBe(`web ${stage.pod().status?.podIP} sandbox web 100 64`)
  })

  it("says where to listen, and which image it is", async () => {
    const stage = openStage()
    const ports = [{ containerPort: 8080 }, { containerPort: 9090 }]
    const env = [
      { name: "HOST", value: "0.0.0.0" },
      { name: "PORT", value: "9090" },
    ]
    const text = await shown(stage, "$HOST $PORT $PORTS $IMAGE $IMAGE_TAG $POD_NAMESPACE", {
      image: "shell:2.0",
      ports,
      env,
    })
    expect(text).toBe(`${stage.pod().status?.podIP} 9090 8080,9090 shell:2.0 2.0 default`)
  })

  it("has nothing of the sandbox's own", async () => {
    process.env["TEST_ONLY"] = "leaked"
    expect(await shown(openStage(), "<$TEST_ONLY>", {})).toBe("<>")
  })

  it("holds the container back while something for it is missing", async () => {
    const stage = openStage()
    stage.run({ script: `echo $COLOR; ${wait}`, app: { envFrom: [{ configMapRef: { name: "late" } }] } })
    const waiting = { reason: "CreateContainerConfigError", message: 'configmap "late" not found' }
    await seen(() => expect(stage.app().state?.waiting).toEqual(waiting))
    expect(stage.told()).toContain('Failed: Error: configmap "late" not found')
    keep(stage, "ConfigMap", "late", { COLOR: "green" })
    await seen(async () => expect(await stage.log()).toBe("green\n"))
  })

  it("names the key that is missing", async () => {
    const stage = openStage()
    keep(stage, "Secret", "keys", {})
    stage.run({ app: { env: [{ name: "KEY", valueFrom: { secretKeyRef: { name: "keys", key: "KEY" } } }] } })
    const message = "couldn't find key KEY in Secret default/keys"
    await seen(() => expect(stage.app().state?.waiting).toEqual({ reason: "CreateContainerConfigError", message }))
  })
})

describe("the volumes of a pod", () => {
  const mounted = (volume: object, mountPath = "/etc/app") => ({
    volumes: [{ name: "app-files", ...volume }],
    app: { volumeMounts: [{ name: "app-files", mountPath }] },
  })

  it("are folders below the working folder, and named in the environment", async () => {
    const stage = openStage()
    keep(stage, "ConfigMap", "settings", { "color.txt": "blue", "size.txt": "L" })
    const configMap = { name: "settings", items: [{ key: "size.txt", path: "deep/size", mode: 0o400 }] }
    stage.run({
      script: `cat etc/app/deep/size; stat -L -c %a $VOLUME_APP_FILES/deep/size; ls etc/app; ${wait}`,
      ...mounted({ configMap }),
    })
    await seen(async () => expect(await stage.log()).toBe("L400\ndeep\n"))
  })

  it("hold secrets, and fields of the pod", async () => {
    const stage = openStage()
    keep(stage, "Secret", "keys", { key: secret("s3cret") })
    const sources = [
      { secret: { name: "keys" } },
      { downwardAPI: { items: [{ path: "labels", fieldRef: { fieldPath: "metadata.labels" } }] } },
      { configMap: { name: "missing", optional: true } },
    ]
    stage.run(
      { script: `cat etc/app/key etc/app/labels; echo; ${wait}`, ...mounted({ projected: { sources } }) },
      { labels: { app: "web", tier: "1" } },
    )
    await seen(async () => expect(await stage.log()).toBe('s3cretapp="web"\ntier="1"\n'))
  })

  it("show a change of the ConfigMap, all files of it at one moment", async () => {
    const stage = openStage()
    const ref = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "settings" }
    keep(stage, "ConfigMap", "settings", { one: "1", two: "1" })
    const script = `pwd; while :; do cd etc/app/..data; echo $(cat one) $(cat two); cd ../../..; sleep 0.01; done`
    stage.run({ script, ...mounted({ configMap: { name: "settings" } }) })
    await seen(async () => expect(await stage.log()).toContain("1 1\n"))
    stage.cluster.patch(ref, { data: { one: "2", two: "2", three: "2" } })
    await seen(async () => expect(await stage.log()).toContain("2 2\n"))
    expect(await stage.log()).not.toMatch(/1 2|2 1/)
    const [folder = ""] = (await stage.log()).split("\n")
    expect(readFileSync(`${folder}/etc/app/three`, "utf8")).toBe("2")
    stage.cluster.patch(ref, { data: { three: null } })
    await seen(() => expect(() => readFileSync(`${folder}/etc/app/three`)).toThrow())
  })

  it("keep the pod from starting while they cannot be filled", async () => {
    const stage = openStage()
    stage.run({ ...mounted({ secret: { secretName: "late" } }) })
    const message = 'MountVolume.SetUp failed for volume "app-files" : secret "late" not found'
    await seen(() => expect(stage.told()).toContain(`FailedMount: ${message}`))
    expect(stage.app().state?.waiting?.reason).toBe("ContainerCreating")
    keep(stage, "Secret", "late", {})
    await seen(() => expect(stage.app().state?.running).toBeDefined())
  })

  it("of other kinds are refused in words", async () => {
    const stage = openStage()
    stage.run({ ...mounted({ persistentVolumeClaim: { claimName: "disk" } }) })
    await seen(() => expect(stage.told().join()).toContain("the sandbox has no persistentVolumeClaim volumes"))
  })

  it("that are empty are shared by the containers, and outlive a restart", async () => {
    const stage = openStage()
    const volumeMounts = [{ name: "all", mountPath: "/data", subPath: "mine" }]
    stage.run({
      volumes: [{ name: "all", emptyDir: {} }],
      script: "mkdir -p $VOLUME_ALL/mine; echo run >> data/runs; cat data/runs",
      app: { volumeMounts },
    })
    await seen(async () => expect(await stage.log("app", { previous: false })).toMatch(/run\nrun\n/))
  })
})
