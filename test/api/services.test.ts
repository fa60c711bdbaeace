import { describe, expect } from "vitest"
import { problemsOf } from "./http.ts"
import { it as plain } from "./it.ts"

const it = plain.extend("services", ({ space }) => space.at("services"))

const service = (name: string, spec: object = {}) => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name },
  spec: { selector: { app: "web" }, ports: [{ port: 80 }], ...spec },
})
const anAddress = expect.stringMatching(/^10\.\d+\.\d+\.\d+$/)

describe.concurrent("services", () => {
  it("get an address and everything else that they need", async ({ api, services }) => {
    const { spec, status }: any = await api.given(services, service("a"))
    expect(spec).toEqual({
      ports: [{ protocol: "TCP", port: 80, targetPort: 80 }],
      selector: { app: "web" },
      clusterIP: anAddress,
      clusterIPs: [spec.clusterIP],
      type: "ClusterIP",
      sessionAffinity: "None",
      ipFamilies: ["IPv4"],
      ipFamilyPolicy: "SingleStack",
      internalTrafficPolicy: "Cluster",
    })
    expect(status).toEqual({ loadBalancer: {} })
  })

  it("get different addresses", async ({ api, services }) => {
    const made = await Promise.all(["a", "b", "c"].map((name) => api.given(services, service(name))))
    expect(new Set(made.map(({ spec }: any) => spec.clusterIP)).size).toBe(3)
  })

  it("keep the address that they ask for, unless it is taken or not one of ours", async ({ api, services }) => {
    const { spec }: any = await api.given(services, service("a"))
    const { clusterIP } = spec
    expect(problemsOf(await api.create(services, service("b", { clusterIP })))).toEqual([
      `spec.clusterIPs: Invalid value: ["${clusterIP}"]: failed to allocate IP ${clusterIP}: provided IP is already allocated`,
    ])
    await api.delete(`${services}/a`)
    expect((await api.given(services, service("b", { clusterIP })))["spec"].clusterIP).toBe(clusterIP)
    expect(problemsOf(await api.create(services, service("c", { clusterIP: "1.2.3.4" })))).toEqual([
      'spec.clusterIPs: Invalid value: ["1.2.3.4"]: failed to allocate IP 1.2.3.4: ' +
        "the provided network does not match the current range",
    ])
    expect(problemsOf(await api.create(services, service("c", { clusterIP: "nope" })))).toEqual([
      'spec.clusterIPs[0]: Invalid value: "nope": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    ])
  })

  it("keep their address when they are replaced without it", async ({ api, services }) => {
    const before: any = await api.given(services, service("a"))
    const { status, body } = await api.replace(`${services}/a`, service("a", { ports: [{ port: 90 }] }))
    expect(status).toBe(200)
    expect(body.spec).toMatchObject({ clusterIP: before.spec.clusterIP, ports: [{ port: 90, targetPort: 90 }] })
  })

  it("cannot change their address", async ({ api, services }) => {
    await api.given(services, service("a"))
    const change = await api.patch(`${services}/a`, "merge", { spec: { clusterIP: "10.96.0.77" } })
    expect(problemsOf(change)).toEqual(['spec.clusterIPs[0]: Invalid value: ["10.96.0.77"]: may not change once set'])
  })

  it("may do without an address", async ({ api, services }) => {
    const { spec }: any = await api.given(services, service("a", { clusterIP: "None", ports: undefined }))
    expect(spec).toMatchObject({ clusterIP: "None", clusterIPs: ["None"], type: "ClusterIP" })
  })

  it("may be a name elsewhere", async ({ api, services }) => {
    const elsewhere = { type: "ExternalName", externalName: "shop.example.com" }
    const { spec }: any = await api.given(services, { metadata: { name: "a" }, spec: elsewhere })
    expect(spec).toEqual({ ...elsewhere, sessionAffinity: "None" })
  })

  it("get ports of the nodes when they ask for them, and give them back", async ({ api, services }) => {
    const ports = [
      { name: "web", port: 80, targetPort: "http" },
      { name: "dns", port: 53, protocol: "UDP" },
    ]
    const { spec }: any = await api.given(services, service("a", { type: "NodePort", ports }))
    expect(spec).toMatchObject({ clusterIP: anAddress, type: "NodePort", externalTrafficPolicy: "Cluster" })
    expect(spec.ports).toMatchObject([
      { name: "web", port: 80, targetPort: "http", protocol: "TCP" },
      { name: "dns", port: 53, targetPort: 53, protocol: "UDP" },
    ])
    for (const { nodePort } of spec.ports) {
      expect(nodePort).toBeGreaterThanOrEqual(30_000)
      expect(nodePort).toBeLessThanOrEqual(32_767)
    }
    const { body } = await api.patch(`${services}/a`, "merge", { spec: { type: "ClusterIP" } })
    expect(body.spec.ports.map((port: any) => port.nodePort)).toEqual([undefined, undefined])
    expect(body.spec.externalTrafficPolicy).toBeUndefined()
  })

  it("may only ask for ports of the nodes in their range", async ({ api, services }) => {
    const ports = [{ port: 80, nodePort: 99 }]
    expect(problemsOf(await api.create(services, service("a", { type: "NodePort", ports })))).toEqual([
      "spec.ports[0].nodePort: Invalid value: 99: provided port is not in the valid range. " +
        "The range of valid ports is 30000-32767",
    ])
  })

  it("need ports, and names for them where there are several", async ({ api, services }) => {
    const refused = async (ports: object[] | undefined) =>
      problemsOf(await api.create(services, service("a", { ports })))
    expect(await refused(undefined)).toEqual(["spec.ports: Required value"])
    expect(await refused([{ port: 80 }, { port: 81 }])).toEqual([
      "spec.ports[0].name: Required value",
      "spec.ports[1].name: Required value",
    ])
    const twice = [
      { name: "web", port: 80 },
      { name: "web", port: 81 },
    ]
    expect(await refused(twice)).toEqual(['spec.ports[1].name: Duplicate value: "web"'])
    expect(await refused([{ port: 70_000 }])).toContain(
      "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive",
    )
  })

  it("are of one of four types", async ({ api, services }) => {
    expect(problemsOf(await api.create(services, service("a", { type: "Nope" })))).toContain(
      'spec.type: Unsupported value: "Nope": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
    )
    expect(problemsOf(await api.create(services, service("a", { sessionAffinity: "x" })))).toContain(
      'spec.sessionAffinity: Unsupported value: "x": supported values: "ClientIP", "None"',
    )
  })

  it("remember clients for three hours where they are to", async ({ api, services }) => {
    const { spec }: any = await api.given(services, service("a", { sessionAffinity: "ClientIP" }))
    expect(spec.sessionAffinityConfig).toEqual({ clientIP: { timeoutSeconds: 10_800 } })
  })

  it("merge ports by their numbers in a strategic patch", async ({ api, services }) => {
    await api.given(services, service("a", { ports: [{ name: "web", port: 80 }] }))
    const patch = {
      spec: {
        ports: [
          { name: "ops", port: 81 },
          { port: 80, targetPort: 8080 },
        ],
      },
    }
    const { body } = await api.patch(`${services}/a`, "strategic", patch)
    expect(body.spec.ports.toSorted((one: any, other: any) => one.port - other.port)).toEqual([
      { name: "web", protocol: "TCP", port: 80, targetPort: 8080 },
      { name: "ops", protocol: "TCP", port: 81, targetPort: 81 },
    ])
  })
})

describe.concurrent("endpoint slices", () => {
  it("get what they leave out", async ({ api, space }) => {
    const slice = { addressType: "IPv4", endpoints: [{ addresses: ["10.0.0.1"] }], ports: [{ port: 80 }] }
    const created = await api.given(space.at("endpointslices"), { metadata: { name: "a" }, ...slice })
    expect(created).toMatchObject({
      metadata: { generation: 1 },
      addressType: "IPv4",
      endpoints: [{ addresses: ["10.0.0.1"], conditions: {} }],
      ports: [{ name: "", port: 80, protocol: "TCP" }],
    })
  })
})
