import { readdirSync, readFileSync } from "node:fs"
import { load } from "js-yaml"
import { describe, expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { differs, merged } from "#kube/apply.ts"
import { TargetRefused, type TargetSettings, type TrackedConfig } from "./contract.ts"
import { deployment } from "./deployment.ts"
import { canaryWith, deploymentWith, settings } from "./examples/objects.test-support.ts"

const canary = canaryWith()
const scaled = canaryWith({
  autoscalerRef: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", name: "podinfo" },
})
const primaryOf = (target: KubeObject): KubeObject =>
  deployment.primary(canary, { target, configs: [], id: "created" }, settings)
const afterPromotion = (of: Canary, target: KubeObject, primary: KubeObject): KubeObject =>
  merged(primary, deployment.promoted(of, { target, primary, configs: [], id: "promoted" }, settings))

describe("examples", () => {
  interface Example {
    canary: Canary
    settings: TargetSettings
    configs: TrackedConfig[]
    target: KubeObject
    /** What is promoted; the target as it was, if absent. */
    revised?: KubeObject
  }
  const folder = new URL("./examples/", import.meta.url)
  const read = (name: string): unknown => load(readFileSync(new URL(name, folder), "utf8"))
  const names = readdirSync(folder).flatMap((file) => /^(.*)\.in\.yaml$/.exec(file)?.[1] ?? [])

  it.each(names)("%s: the primary is created, then promoted", (name) => {
    const given = read(`${name}.in.yaml`) as Example
    const expected = read(`${name}.out.yaml`) as { created: KubeObject; promoted: KubeObject }
    const { configs, target, revised = target } = given
    const primary = deployment.primary(given.canary, { target, configs, id: "created" }, given.settings)
    expect(asStored(primary)).toEqual(expected.created)
    const copy = { target: revised, primary, configs, id: "promoted" }
    expect(asStored(merged(primary, deployment.promoted(given.canary, copy, given.settings)))).toEqual(
      expected.promoted,
    )
  })
  it("are found", () => expect(names.length).toBeGreaterThan(3))

  /** The API server keeps no empty maps of labels or annotations. */
  const asStored = (object: KubeObject): unknown =>
    JSON.parse(
      JSON.stringify(object, (key, value) =>
        (key === "labels" || key === "annotations") && Object.keys(value).length === 0 ? undefined : value,
      ),
    )
})

describe("the primary", () => {
  it("starts with one replica where the target has none, and with one where it does not say", () => {
    expect(primaryOf(deploymentWith({ replicas: 0 })).spec.replicas).toBe(1)
    expect(primaryOf(deploymentWith({ replicas: undefined })).spec.replicas).toBe(1)
    expect(primaryOf(deploymentWith({ replicas: 7 })).spec.replicas).toBe(7)
  })
  it("is told apart by the first of the selector labels that the target selects by", () => {
    const target = deploymentWith({ selector: { matchLabels: { "app.kubernetes.io/name": "x", name: "y" } } })
    expect(deployment.selector(canary, target, settings)).toEqual({ label: "name", value: "y" })
    expect(primaryOf(target).spec.selector).toEqual({ matchLabels: { name: "y-primary" } })
  })
  it("is refused when the target selects by none of the selector labels", () => {
    const target = deploymentWith({ selector: { matchLabels: { tier: "web" } } })
    const refused = () => deployment.selector(canary, target, settings)
    expect(refused).toThrow(TargetRefused)
    expect(refused).toThrow(
      "getSelectorLabel failed: deployment podinfo.test spec.selector.matchLabels must contain one of " +
        "[app name app.kubernetes.io/name]",
    )
    expect(() => deployment.selector(canary, deploymentWith({ selector: undefined }), settings)).toThrow(TargetRefused)
  })
  it("is named after the target, whatever the Services are called", () => {
    const renamed = canaryWith({ service: { name: "front", port: 80 } })
    expect(deployment.primaryRef(renamed)).toEqual({
      apiVersion: "apps/v1",
      kind: "Deployment",
      namespace: "test",
      name: "podinfo-primary",
    })
  })
  it("leaves the target as it was", () => {
    const target = deploymentWith({}, { volumes: [{ name: "c", configMap: { name: "settings" } }] })
    const before = structuredClone(target)
    const configs = [{ kind: "ConfigMap" as const, name: "settings", checksum: "" }]
    deployment.promoted(canary, { target, primary: target, configs, id: "1" }, settings)
    expect(target).toEqual(before)
  })
})

describe("a promotion", () => {
  const target = deploymentWith()
  it("takes the target's replicas", () => {
    const primary = primaryOf(target)
    expect(afterPromotion(canary, deploymentWith({ replicas: 5 }), primary).spec.replicas).toBe(5)
  })
  it("leaves the primary's replicas to the autoscaler", () => {
    const primary = primaryOf(target)
    expect(afterPromotion(scaled, deploymentWith({ replicas: 5 }), primary).spec.replicas).toBe(2)
  })
  it("keeps the primary's replicas when the target is at zero", () => {
    expect(afterPromotion(canary, deploymentWith({ replicas: 0 }), primaryOf(target)).spec.replicas).toBe(2)
  })
  it("rolls the primary even when its pods would stay the same", () => {
    const primary = primaryOf(target)
    const wanted = deployment.promoted(canary, { target, primary, configs: [], id: "another" }, settings)
    expect(differs(primary, wanted)).toBe(true)
  })
  it("is nothing when it is repeated with the same id", () => {
    const primary = afterPromotion(canary, target, primaryOf(target))
    const wanted = deployment.promoted(canary, { target, primary, configs: [], id: "promoted" }, settings)
    expect(differs(primary, wanted)).toBe(false)
  })
  it("keeps what the Deployment's controller and others wrote", () => {
    const primary = primaryOf(target)
    const touched: KubeObject = {
      ...primary,
      metadata: {
        ...primary.metadata,
        labels: { ...primary.metadata.labels, mine: "1" },
        annotations: { "deployment.kubernetes.io/revision": "3", mine: "1" },
        finalizers: ["a/b"],
      },
      spec: { ...primary.spec, paused: true },
    }
    const { metadata, spec } = afterPromotion(canary, target, touched)
    expect(metadata.annotations).toEqual({ "deployment.kubernetes.io/revision": "3" })
    expect(metadata.labels).toEqual({ app: "podinfo-primary" })
    expect(metadata.finalizers).toEqual(["a/b"])
    expect(spec.paused).toBe(true)
  })
})

describe("taking over a primary [fix 1]", () => {
  const configs: TrackedConfig[] = [{ kind: "ConfigMap", name: "settings", checksum: "241889ca0604e333" }]
  const pod = { volumes: [{ name: "c", configMap: { name: "settings" } }] }
  const target = deploymentWith({}, pod)
  const primary = deployment.primary(canary, { target, configs, id: "by another operator" }, settings)
  const same = (changed: { target?: KubeObject; primary?: KubeObject; configs?: TrackedConfig[] }): boolean =>
    deployment.samePods(canary, { target, primary, configs, id: "ours", ...changed }, settings)

  it("finds the same pods, whatever the id of the last promotion", () => expect(same({})).toBe(true))
  it("does not mind a null that one API server writes and another does not", () => {
    const { template } = primary.spec
    const metadata = { ...template.metadata, creationTimestamp: null }
    expect(same({ primary: { ...primary, spec: { ...primary.spec, template: { ...template, metadata } } } })).toBe(true)
  })
  it("sees another image", () => {
    expect(same({ target: deploymentWith({}, { ...pod, containers: [{ name: "web", image: "shop/web:2" }] }) })).toBe(
      false,
    )
  })
  it("sees a primary that was started without ever being promoted", () => {
    expect(same({ primary: deploymentWith({}, pod) })).toBe(false)
  })
  it("sees a config that the primary does not have a copy of yet", () => expect(same({ configs: [] })).toBe(false))
})

describe("scaling", () => {
  const at = (replicas: number) => deploymentWith({ replicas })
  it("stops and starts by the number of replicas", () => {
    expect(deployment.isAtZero(at(0))).toBe(true)
    expect(deployment.isAtZero(at(1))).toBe(false)
    expect(deployment.isAtZero(deploymentWith({ replicas: undefined }))).toBe(false)
    expect(deployment.toZero(at(2))).toEqual({ spec: { replicas: 0 } })
    expect(deployment.fromZero(at(0), 3)).toEqual({ spec: { replicas: 3 } })
  })
  it("starts with the target's own replicas where it has any", () => {
    expect(deployment.replicas(at(3), at(5), 7)).toBe(3)
  })
  it("starts with as many as the primary has", () => {
    expect(deployment.replicas(at(0), at(5), undefined)).toBe(5)
  })
  it("starts with the autoscaler's minimum rather than the primary's replicas", () => {
    expect(deployment.replicas(at(0), at(5), 2)).toBe(2)
    expect(deployment.replicas(at(0), at(5), 0)).toBe(1)
  })
  it("starts with one where nothing else is known", () => {
    expect(deployment.replicas(at(0), undefined, undefined)).toBe(1)
    expect(deployment.replicas(at(0), at(0), undefined)).toBe(1)
  })
})

describe("what the pods say", () => {
  it("publishes container ports and names the configs in use", () => {
    const containers = [
      { name: "web", ports: [{ containerPort: 9898 }, { name: "grpc", containerPort: 9999 }], envFrom: [] },
      { name: "side", envFrom: [{ secretRef: { name: "keys", optional: true } }] },
    ]
    const target = deploymentWith({}, { containers })
    const discovering = canaryWith({ service: { port: 80, targetPort: 9898, portDiscovery: true } })
    expect(deployment.ports(discovering, target).map(({ name }) => name)).toEqual(["grpc"])
    expect(deployment.configUses(target)).toEqual([{ kind: "Secret", name: "keys", optional: true }])
  })
  it("is a new revision when the pods change, and not when only their number does", () => {
    const revision = deployment.revision(deploymentWith())
    expect(deployment.revision(deploymentWith({ replicas: 9, minReadySeconds: 4 }))).toBe(revision)
    expect(deployment.revision(deploymentWith({}, { dnsPolicy: "None" }))).not.toBe(revision)
  })
})

describe("readiness", () => {
  const generationUnseen = "waiting for rollout to finish: observed deployment generation less than desired generation"
  const available = (updatedReplicas: number, availableReplicas: number): KubeObject => ({
    ...deploymentWith({ replicas: updatedReplicas }),
    status: { observedGeneration: 1, replicas: updatedReplicas, updatedReplicas, availableReplicas },
  })
  it("names the primary and the canary in its own way", () => {
    expect(deployment.readiness(canary, deploymentWith(), "primary", 0)).toEqual({
      ready: false,
      retriable: true,
      why: `podinfo-primary.test not ready: ${generationUnseen}`,
    })
    expect(deployment.readiness(canary, deploymentWith(), "canary", 0)).toEqual({
      ready: false,
      retriable: true,
      why: `canary deployment podinfo.test not ready: ${generationUnseen}`,
    })
  })
  it("wants all pods of both unless told otherwise", () => {
    expect(deployment.readiness(canary, available(4, 3), "primary", 0).ready).toBe(false)
    expect(deployment.readiness(canary, available(4, 3), "canary", 0).ready).toBe(false)
    expect(deployment.readiness(canary, available(4, 4), "canary", 0)).toEqual({ ready: true })
  })
  it("has a threshold for the primary and one for the canary", () => {
    const tolerant = canaryWith({
      analysis: { ...canary.spec.analysis, primaryReadyThreshold: 75, canaryReadyThreshold: 50 },
    })
    expect(deployment.readiness(tolerant, available(4, 3), "primary", 0).ready).toBe(true)
    expect(deployment.readiness(tolerant, available(4, 2), "primary", 0).ready).toBe(false)
    expect(deployment.readiness(tolerant, available(4, 2), "canary", 0).ready).toBe(true)
  })
  it("gives up after the canary's deadline, ten minutes unless told otherwise", () => {
    const short = available(2, 0)
    const since = new Date(0).toISOString()
    short.status.conditions = [
      { type: "Progressing", status: "True", reason: "ReplicaSetUpdated" },
      { type: "Available", status: "False", reason: "MinimumReplicasUnavailable", lastUpdateTime: since },
    ]
    const quick = canaryWith({ progressDeadlineSeconds: 60 })
    expect(deployment.readiness(canary, short, "canary", 600_000)).toMatchObject({ retriable: true })
    expect(deployment.readiness(canary, short, "canary", 600_001)).toMatchObject({ retriable: false })
    expect(deployment.readiness(quick, short, "canary", 60_001)).toMatchObject({ retriable: false })
  })
})
