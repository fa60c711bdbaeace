import { expect, it } from "vitest"
import { backendsOf } from "./backends.ts"
import { portsAnnotation } from "../kubelet/ports.ts"
import { service, slice } from "./objects.test-support.ts"

const pod = (name: string, ports: string) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name, namespace: "demo", annotations: { [portsAnnotation]: ports } },
})
const noPods = () => undefined
const addresses = (backends: ReturnType<typeof backendsOf>, port = 80) =>
  backends.ports.get(port)?.endpoints.map((endpoint) => `${endpoint.address}:${endpoint.port} ${endpoint.pod}`)

it("takes the ready addresses of all slices, each once", () => {
  const one = slice("shop", [
    { pod: "a", address: "127.0.0.2", port: 8080 },
    { pod: "b", address: "127.0.0.3", port: 8080, conditions: { ready: false } },
  ])
  const two = slice("shop", [
    { pod: "a", address: "127.0.0.2", port: 8080 },
    { pod: "c", address: "127.0.0.4", port: 8080, conditions: {} },
  ])
  expect(addresses(backendsOf(service("shop"), [one, two], noPods))).toEqual(["127.0.0.2:8080 a", "127.0.0.4:8080 c"])
})

it("takes pods that are leaving while there is no other", () => {
  const leaving = { ready: false, serving: true, terminating: true }
  const gone = { ready: false, serving: false, terminating: true }
  const places = [
    { pod: "a", port: 8080, conditions: leaving },
    { pod: "b", address: "127.0.0.3", port: 8080, conditions: gone },
  ]
  expect(addresses(backendsOf(service("shop"), [slice("shop", places)], noPods))).toEqual(["127.0.0.1:8080 a"])
  const ready = slice("shop", [...places, { pod: "c", address: "127.0.0.4", port: 8080 }])
  expect(addresses(backendsOf(service("shop"), [ready], noPods))).toEqual(["127.0.0.4:8080 c"])
})

it("goes by the names of ports, and takes port 80 or the first for requests that name none", () => {
  const ports = [
    { name: "grpc", port: 9000 },
    { name: "http", port: 80 },
  ]
  const backends = backendsOf(service("shop", { ports }), [slice("shop", [{ port: 8080 }])], noPods)
  expect(addresses(backends, 9000)).toEqual([])
  expect(backends.anyPort).toBe(backends.ports.get(80))
  expect(backendsOf(service("shop", { ports: ports.slice(0, 1) }), [], noPods).anyPort?.service).toBe("shop")
  expect(backendsOf(service("shop", { ports: [] }), [], noPods).anyPort).toBeUndefined()
})

it("goes to the port that a pod really has", () => {
  const slices = [
    slice("shop", [
      { pod: "a", address: "10.0.0.2", port: 8080 },
      { pod: "b", address: "10.0.0.3", port: 8080 },
    ]),
  ]
  const pods = (name: string) => (name === "demo/a" ? pod("a", '{"8080": 41234}') : pod("b", '{"9090": 41235}'))
  expect(addresses(backendsOf(service("shop"), slices, pods))).toEqual(["10.0.0.2:41234 a", "10.0.0.3:8080 b"])
})

it("knows a later pod at the same address for another one", () => {
  const keys = ["a", "b"].map(
    (name) => backendsOf(service("shop"), [slice("shop", [{ pod: name, port: 1 }])], noPods).anyPort?.endpoints[0]?.key,
  )
  expect(keys[0]).not.toBe(keys[1])
})
