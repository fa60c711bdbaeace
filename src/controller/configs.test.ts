import { describe, expect, it } from "vitest"
import { canary } from "#test/cluster/objects.ts"
import { refTo, smallOperator } from "./small-operator.test-support.ts"
import { colors, initialised, usingColors, versionOf } from "./stories.test-support.ts"

describe("configs", () => {
  const missing = 'GetTargetConfigs failed: configmap colors.shop get query error: configmaps "colors" not found'

  it("that are required and missing keep a new canary waiting, in words", async () => {
    const operator = smallOperator()
    const [config, workload, own] = [colors(), usingColors(), canary()]
    await operator.create(workload, own)
    expect(operator.events.at(-1)).toEqual({
      name: "app",
      type: "Warning",
      text: `createPrimaryDeployment failed: ${missing}`,
    })
    expect(operator.cluster.get(refTo.deployment())?.["spec"].replicas).toBe(2)
    await operator.create(config)
    await operator.reaches("Initialized")
  })
  it("that are missing keep a new version from being started, in words", async () => {
    const operator = await initialised({}, {}, [colors(), usingColors()])
    operator.cluster.remove(refTo.configMap("colors"))
    await operator.push("2")
    await operator.pass()
    expect(operator.texts().at(-1)).toBe(missing)
    expect(operator.status().phase).toBe("Initialized")
    await operator.create(colors("grey"))
    await operator.reaches("Succeeded")
  })
  it("that go missing in mid-run are no new revision, and nothing is promoted without them", async () => {
    const operator = await initialised({}, {}, [colors(), usingColors()])
    await operator.push("2")
    operator.cluster.remove(refTo.configMap("colors"))
    for (let count = 0; count < 4; count++) await operator.pass()
    expect(operator.texts()).not.toContain("New revision detected! Restarting analysis for app.shop")
    expect(operator.texts().at(-1)).toBe(`updating deployment app-primary.shop template spec failed: ${missing}`)
    expect(versionOf(operator, "app-primary")).toBeUndefined()
    await operator.create(colors())
    await operator.reaches("Succeeded")
    const [container] = operator.cluster.get(refTo.deployment("app-primary"))!["spec"].template.spec.containers
    expect(container.envFrom).toEqual([{ configMapRef: { name: "colors-primary" } }])
  })
  it("that were missing while a release failed do not start it again when they are back unchanged", async () => {
    const operator = await initialised({}, {}, [colors(), usingColors()])
    await operator.push("2")
    operator.cluster.remove(refTo.configMap("colors"))
    operator.stuck.add("app")
    await operator.reaches("Failed")
    operator.stuck.delete("app")
    await operator.create(colors())
    await operator.pass()
    expect(operator.status().phase).toBe("Failed")
  })
  it("have copies that are patched only when they differ", async () => {
    const operator = await initialised({}, {}, [colors(), usingColors()])
    const writes = () => operator.cluster.writes().filter((line) => line.includes("ConfigMap"))
    expect(writes()).toEqual(["create ConfigMap shop/colors-primary"])
    await operator.push("2")
    await operator.reaches("Succeeded")
    expect(writes()).toHaveLength(1)
    await operator.create(colors("grey"))
    await operator.reaches("Progressing")
    await operator.reaches("Succeeded")
    expect(writes()).toEqual(["create ConfigMap shop/colors-primary", "patch ConfigMap shop/colors-primary"])
  })
  it("are not looked at when they are not tracked", async () => {
    const operator = await initialised({}, { settings: { configTracking: false } }, [colors(), usingColors()])
    expect(operator.status().trackedConfigs).toBeUndefined()
    expect(operator.cluster.requests.filter(({ line }) => line.includes("ConfigMap"))).toEqual([])
  })
})
