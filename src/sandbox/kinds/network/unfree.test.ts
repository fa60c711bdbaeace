import { describe, expect, it } from "vitest"
import type { Place } from "../../apiserver/resource.ts"
import { exampleOf, merged, resourceOf } from "../recorded.test-support.ts"

const place: Place = {
  nowMs: 0,
  clusterAddress: () => "10.96.0.9",
  nodePort: () => 31_000,
  isTaken: (what) => what === "10.96.0.5" || what === 30_005,
}

function asked(what: string, spec: object): unknown {
  const object = structuredClone(merged(exampleOf(what).given, { spec }))
  const { rules } = resourceOf(object)
  rules.defaults!(object)
  rules.beforeCreate!(object, place)
  return object["spec"]
}

describe("what a service asks for", () => {
  it("is given when it is free", () => {
    expect(asked("a service", { clusterIP: "10.96.0.6" })).toMatchObject({ clusterIPs: ["10.96.0.6"] })
  })

  it("is refused when another has it", () => {
    expect(() => asked("a service", { clusterIP: "10.96.0.5" })).toThrow(
      'Service "svc" is invalid: spec.clusterIPs: Invalid value: ["10.96.0.5"]: failed to allocate IP 10.96.0.5: provided IP is already allocated',
    )
    expect(() => asked("a node port service", { ports: [{ port: 80, nodePort: 30_005 }] })).toThrow(
      'Service "np" is invalid: spec.ports[0].nodePort: Invalid value: 30005: provided port is already allocated',
    )
  })

  it("is refused when it is out of range", () => {
    expect(() => asked("a service", { clusterIP: "1.2.3.4" })).toThrow(
      "failed to allocate IP 1.2.3.4: the provided network does not match the current range",
    )
    expect(() => asked("a node port service", { ports: [{ port: 80, nodePort: 99 }] })).toThrow(
      "provided port is not in the valid range. The range of valid ports is 30000-32767",
    )
  })

  it("stays its own when it is changed", () => {
    const old = exampleOf("a node port service").stored
    const object = structuredClone(old)
    const taken: Place = { ...place, isTaken: () => true }
    expect(() => resourceOf(object).rules.beforeUpdate!(object, old, taken)).not.toThrow()
  })
})
