import { describe, expect, it } from "vitest"
import type { ServiceSpec } from "#api/canary.ts"
import { canaryWith } from "./examples/objects.test-support.ts"
import { discoveredPorts, ownPort } from "./ports.ts"

const web = {
  name: "web",
  ports: [
    { name: "http", containerPort: 9898, protocol: "TCP" },
    { containerPort: 9797, protocol: "TCP" },
    { name: "dns", containerPort: 53, protocol: "UDP" },
  ],
}
const found = (service: Partial<ServiceSpec>, containers: Parameters<typeof discoveredPorts>[1] = [web]) =>
  discoveredPorts(canaryWith({ service: { port: 80, portDiscovery: true, ...service } }), containers).map(
    ({ name, port }) => `${name}:${port}`,
  )

describe("port discovery", () => {
  it("publishes nothing unless asked", () => expect(found({ portDiscovery: false })).toEqual([]))
  it("leaves out the port that the Service already has", () => {
    expect(found({ port: 9898 })).toEqual(["dns:53", "tcp-web-1:9797"])
    expect(found({ targetPort: 9898 })).toEqual(["dns:53", "tcp-web-1:9797"])
    expect(found({ targetPort: "http" })).toEqual(["dns:53", "tcp-web-1:9797"])
  })
  it("takes a target port of zero for none", () => {
    expect(found({ port: 9898, targetPort: 0 })).toEqual(["dns:53", "tcp-web-1:9797"])
    expect(found({ port: 9898, targetPort: "0" })).toEqual(["dns:53", "tcp-web-1:9797"])
  })
  it("publishes the Service's port when the pods serve it elsewhere", () => {
    expect(found({ port: 9797, targetPort: 9898 })).toEqual(["dns:53", "tcp-web-1:9797"])
  })
  it("names ports after their container and place when they have no name, and makes all of them TCP", () => {
    const service = { port: 80, portDiscovery: true, targetPort: "http" }
    expect(discoveredPorts(canaryWith({ service }), [web])).toEqual([
      { name: "dns", port: 53, targetPort: 53, protocol: "TCP" },
      { name: "tcp-web-1", port: 9797, targetPort: 9797, protocol: "TCP" },
    ])
  })
  it("leaves out the proxies of service meshes", () => {
    const proxies = ["istio-proxy", "envoy"].map((name) => ({ name, ports: [{ containerPort: 15090 }] }))
    expect(found({}, proxies)).toEqual([])
  })
  it("publishes a name only once, for the last container that has it", () => {
    const second = { name: "second", ports: [{ name: "http", containerPort: 8080 }] }
    expect(found({}, [web, second])).toEqual(["dns:53", "http:8080", "tcp-web-1:9797"])
  })
  it("does not depend on the order of containers [fix 28]", () => {
    const second = { name: "second", ports: [{ name: "admin", containerPort: 53 }, { containerPort: 7 }] }
    expect(found({}, [web, second])).toEqual(found({}, [second, web]))
  })
  it("does with containers that have no ports", () => expect(found({}, [{ name: "job" }])).toEqual([]))
})

describe("the Service's own port", () => {
  it("is called http and leads to the same number unless told otherwise", () => {
    expect(ownPort({ port: 80 })).toEqual({ name: "http", port: 80, targetPort: 80, protocol: "TCP" })
  })
  it("has the name, the target and the protocol it is given", () => {
    expect(ownPort({ port: 80, portName: "grpc", targetPort: "api", appProtocol: "kubernetes.io/h2c" })).toEqual({
      name: "grpc",
      port: 80,
      targetPort: "api",
      protocol: "TCP",
      appProtocol: "kubernetes.io/h2c",
    })
  })
})
