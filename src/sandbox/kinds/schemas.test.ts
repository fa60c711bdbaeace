import { describe, expect, it } from "vitest"
import { definitionName, schemaOf } from "./schemas.ts"
import { builtIn } from "./registry.ts"

const podSpec = () =>
  schemaOf("apps", "v1", "Deployment").properties!["spec"]!.properties!["template"]!.properties!["spec"]!

describe("schemas of built-in kinds", () => {
  it("share what they have in common", () => {
    const pod = schemaOf("", "v1", "Pod").properties!["spec"]!
    expect(pod.properties).toBe(podSpec().properties)
    expect(definitionName(pod)).toBe("core.v1.PodSpec")
  })

  it("turn back to themselves where a shape mentions itself", () => {
    const names = definitionName(schemaOf("apiextensions.k8s.io", "v1", "CustomResourceDefinition"))
    expect(names).toBe("apiextensions.v1.CustomResourceDefinition")
    const version = schemaOf("apiextensions.k8s.io", "v1", "CustomResourceDefinition").properties!["spec"]!.properties![
      "versions"
    ]!.items!
    const schema = version.properties!["schema"]!.properties!["openAPIV3Schema"]!
    const nested = schema.properties!["properties"]!.additionalProperties
    expect(typeof nested === "object" && nested.properties).toBe(schema.properties)
  })

  it("say how lists are merged", () => {
    expect(podSpec().properties!["containers"]).toMatchObject({
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["name"],
      "x-kubernetes-patch-strategy": "merge",
      "x-kubernetes-patch-merge-key": "name",
    })
  })

  it("know quantities from other numbers or texts", () => {
    const { limits } = podSpec().properties!["containers"]!.items!.properties!["resources"]!.properties!
    expect(limits!.additionalProperties).toMatchObject({ "x-kubernetes-int-or-string": true, format: "quantity" })
  })

  it("keep what may be anything", () => {
    const { data } = schemaOf("apps", "v1", "ControllerRevision").properties!
    expect(data!["x-kubernetes-preserve-unknown-fields"]).toBe(true)
  })

  it.each(builtIn())("describe $kind in a sentence, and its main fields", ({ schema }) => {
    expect(schema.description).toMatch(/^[A-Z].*\.$/)
    const undescribed = ["metadata", "spec", "status"].filter((field) => {
      const part = schema.properties![field]
      return part && !part.description
    })
    expect(undescribed).toEqual([])
  })

  it.each([
    ["authentication.k8s.io", "v1", "TokenReview"],
    ["authentication.k8s.io", "v1", "TokenRequest"],
    ["authorization.k8s.io", "v1", "SelfSubjectAccessReview"],
    ["autoscaling", "v1", "Scale"],
    ["policy", "v1", "Eviction"],
    ["", "v1", "Status"],
    ["", "v1", "DeleteOptions"],
  ])("are there for what is only sent: %s/%s %s", (group, version, kind) => {
    expect(schemaOf(group, version, kind).properties).toHaveProperty("kind")
  })

  it("say which kind is none", () => {
    expect(() => schemaOf("apps", "v2", "Deployment")).toThrow("There is no built-in kind Deployment in apps/v2")
  })
})
