import { type KubeObject, refOf } from "#api/objects.ts"
import { describe, expect, it } from "vitest"
import { endpoints, endpointSlices, pods, services } from "../kinds.ts"
import { inTest, stage } from "../stage.test-support.ts"
import { startEndpoints } from "./endpoints.ts"

const service = (spec: object = {}, labels?: Record<string, string>): KubeObject => ({
  ...services,
  metadata: { name: "web", namespace: "test", ...(labels ? { labels } : {}) },
  spec: {
    clusterIP: "10.96.0.1",
    selector: { app: "web" },
    ports: [{ name: "http", port: 80, targetPort: "http" }],
    ...spec,
  },
})

const pod = (name: string, port = 8080, labels: Record<string, string> = { app: "web" }): KubeObject => ({
  ...pods,
  metadata: { name, namespace: "test", labels },
  spec: {
    nodeName: "sandbox",
    containers: [{ name: "app", image: "app:1", ports: [{ name: "http", containerPort: port }] }],
  },
})

function started(...objects: KubeObject[]) {
  const scene = stage(startEndpoints)
  const made = objects.map((object) => scene.cluster.create(object))
  const slices = () => scene.cluster.list(endpointSlices)
  /** What is told of every pod, in short. */
  const told = () =>
    Object.fromEntries(
      slices().flatMap((slice) =>
        (slice["endpoints"] ?? []).map((one: any) => [
          one.targetRef.name,
          Object.keys(one.conditions).filter((key) => one.conditions[key]),
        ]),
      ),
    )
  return { ...scene, made, slices, told }
}

/** As long as it takes until what was just written has been worked on, and nothing else. */
const sameTurn = () => Promise.resolve()

describe("the endpoints of a Service", () => {
  it("are where its ready pods are, in one slice that names the service", async () => {
    const { made, ready, slices } = started(service({}, { team: "a" }), pod("one"))
    ready(made[1]!)
    await sameTurn()
    expect(slices()).toEqual([
      expect.objectContaining({
        addressType: "IPv4",
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
        endpoints: [
          {
            addresses: ["10.0.0.1"],
            conditions: { ready: true, serving: true, terminating: false },
            nodeName: "sandbox",
            targetRef: { kind: "Pod", namespace: "test", name: "one", uid: made[1]!.metadata.uid },
          },
        ],
      }),
    ])
    expect(slices()[0]!.metadata).toMatchObject({
      name: expect.stringMatching(/^web-/),
      labels: {
        team: "a",
        "kubernetes.io/service-name": "web",
        "endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io",
      },
      ownerReferences: [{ kind: "Service", name: "web", controller: true }],
    })
  })

  it("follow readiness and deletion within the same turn", async () => {
    const { cluster, made, ready, unready, told } = started(service(), pod("one"), pod("two"))
    const [, one, two] = made
    ready(one!)
    ready(two!)
    await sameTurn()
    expect(told()).toEqual({ one: ["ready", "serving"], two: ["ready", "serving"] })
    unready(cluster.get(refOf(one!))!)
    cluster.delete(refOf(two!))
    await sameTurn()
    expect(told()).toEqual({ one: [], two: ["serving", "terminating"] })
    cluster.delete(refOf(two!), { gracePeriodSeconds: 0 })
    await sameTurn()
    expect(told()).toEqual({ one: [] })
  })

  it("include pods that are not ready where the service publishes them", async () => {
    const { made, unready, told } = started(service({ publishNotReadyAddresses: true }), pod("one"))
    unready(made[1]!)
    await sameTurn()
    expect(told()).toEqual({ one: ["ready"] })
  })

  it("leave out pods without an address and pods that have ended", async () => {
    const { made, say, told } = started(service(), pod("one"), pod("two"))
    say(made[2]!, { phase: "Succeeded", podIP: "10.0.0.9" })
    await sameTurn()
    expect(told()).toEqual({})
  })

  it("change when the labels of a pod or the selector of the service change", async () => {
    const { cluster, made, ready, told } = started(service(), pod("one"), pod("two", 8080, { app: "web2" }))
    ready(made[1]!)
    ready(made[2]!)
    cluster.patch(refOf(made[1]!), { metadata: { labels: { app: "other" } } })
    await sameTurn()
    expect(told()).toEqual({})
    cluster.patch(refOf(made[0]!), { spec: { selector: { app: "web2" } } })
    await sameTurn()
    expect(Object.keys(told())).toEqual(["two"])
  })

  it("are in several slices where a named port differs between pods", async () => {
    const { made, ready, slices } = started(service(), pod("one", 8080), pod("two", 9090))
    ready(made[1]!)
    ready(made[2]!)
    await sameTurn()
    expect(
      slices()
        .map((slice) => `${slice["ports"][0].port}`)
        .toSorted(),
    ).toEqual(["8080", "9090"])
  })

  it("are split when there are more than a hundred", async () => {
    const { made, ready, slices, cluster, clock } = started(
      service(),
      ...Array.from({ length: 150 }, (_, index) => pod(`pod-${index}`)),
    )
    for (const one of made.slice(1)) ready(one)
    await sameTurn()
    const sizes = () =>
      slices()
        .map((slice) => slice["endpoints"].length)
        .toSorted((one, other) => other - one)
    expect(sizes()).toEqual([100, 50])
    const before = cluster.writes()
    await clock.pass(60_000)
    expect(cluster.writes()).toBe(before)
    for (const one of made.slice(60)) cluster.delete(refOf(one), { gracePeriodSeconds: 0 })
    await sameTurn()
    expect(sizes()).toEqual([59])
  })

  it("are an empty slice while there are none, and that slice is used later", async () => {
    const { cluster, slices, ready } = started(service())
    await sameTurn()
    const [empty] = slices()
    expect([empty!["endpoints"] ?? [], empty!["ports"] ?? []]).toEqual([[], []])
    ready(cluster.create(pod("one")))
    await sameTurn()
    expect(slices().map(({ metadata }) => metadata.uid)).toEqual([empty!.metadata.uid])
  })

  it("are told in an Endpoints object, too", async () => {
    const { cluster, made, ready, unready } = started(service(), pod("one"), pod("two"))
    ready(made[1]!)
    unready(made[2]!)
    await sameTurn()
    expect(cluster.get(inTest(endpoints, "web"))!["subsets"]).toEqual([
      {
        addresses: [
          {
            ip: "10.0.0.1",
            nodeName: "sandbox",
            targetRef: { kind: "Pod", namespace: "test", name: "one", uid: made[1]!.metadata.uid },
          },
        ],
        notReadyAddresses: [
          {
            ip: "10.0.0.2",
            nodeName: "sandbox",
            targetRef: { kind: "Pod", namespace: "test", name: "two", uid: made[2]!.metadata.uid },
          },
        ],
        ports: [{ name: "http", port: 8080, protocol: "TCP" }],
      },
    ])
  })

  it("are the user's own where the service has no selector", async () => {
    const { slices } = started(service({ selector: undefined }), pod("one"))
    await sameTurn()
    expect(slices()).toEqual([])
  })

  it("go with the service, but not those that users wrote", async () => {
    const { cluster, made, slices } = started(service(), {
      ...endpoints,
      metadata: { name: "mine", namespace: "test" },
      subsets: [{ addresses: [{ ip: "10.1.1.1" }] }],
    })
    await sameTurn()
    cluster.delete(refOf(made[0]!))
    await sameTurn()
    expect(slices()).toEqual([])
    expect(cluster.list(endpoints).map(({ metadata }) => metadata.name)).toEqual(["mine"])
  })

  it("are made anew when somebody deletes their slice", async () => {
    const { cluster, slices, made, ready } = started(service(), pod("one"))
    ready(made[1]!)
    await sameTurn()
    cluster.delete(refOf(slices()[0]!))
    await sameTurn()
    expect(slices()).toHaveLength(1)
  })

  it("are written only when something about them changes", async () => {
    const { cluster, made, ready } = started(service(), pod("one"))
    ready(made[1]!)
    await sameTurn()
    const before = cluster.writes()
    cluster.patch(refOf(made[1]!), { metadata: { annotations: { note: "x" } } })
    await sameTurn()
    expect(cluster.writes()).toBe(before + 1)
  })
})
