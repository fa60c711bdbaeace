import { describe, expect, it } from "vitest"
import { providerNames, routerFor } from "./registry.ts"

describe("routerFor", () => {
  it("finds every router under each of its names", () => {
    for (const name of providerNames) expect(routerFor(name).names).toContain(name)
  })
  it("knows the mesh behind a name that goes on", () => {
    expect(routerFor("smi:v1alpha1:istio").names).toEqual(["smi:v1alpha1:istio"])
    expect(routerFor("smi:v1alpha3:linkerd").can.weights).toBe(true)
  })
  it("takes Istio where nothing is said, and the current Gateway API where no version is", () => {
    expect(routerFor("").names).toContain("istio")
    expect(routerFor("gatewayapi").names).toContain("gatewayapi:v1")
    expect(routerFor("gatewayapi:v1beta1").names).not.toContain("gatewayapi:v1")
  })
  it("names what there is when a provider is unknown, instead of taking Istio for it", () => {
    expect(() => routerFor("contuor")).toThrow(/^unknown provider "contuor": there is contour, .*kubernetes, .*nginx/)
    for (const name of ["smi", "crossover", "none", "contour:v2", "Nginx"]) expect(() => routerFor(name)).toThrow(name)
  })
})
