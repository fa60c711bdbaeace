import { expect, it } from "vitest"
import { canary, deployment } from "#test/cluster/objects.ts"
import { smallOperator, refTo } from "./small-operator.test-support.ts"
const envFrom = (name: string) => {
  const d = deployment()
  d["spec"].template.spec.containers[0].envFrom = [{ configMapRef: { name } }]
  return d
}
const colors = (sky: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "colors" }, data: { sky } })
it("config outrun", async () => {
  const operator = smallOperator({ settings: { eventWebhook: "http://events" } })
  await operator.create(colors("blue"), envFrom("colors"), canary())
  operator.cluster.change(refTo.configMap("colors"), { data: { sky: "grey" } })
  operator.cluster.when(/^get Deployment shop\/app$/, () => operator.cluster.change(refTo.configMap("colors"), { data: { sky: "red" } }))
  await operator.reaches("Promoting")
  console.log(operator.status().trackedConfigs, operator.texts(), operator.cluster.get(refTo.configMap("colors-primary")))
})
it("config missing in mid-run", async () => {
  const operator = smallOperator({ settings: { eventWebhook: "http://events" } })
  await operator.create(colors("blue"), envFrom("colors"), canary())
  await operator.push("2")
  operator.cluster.remove(refTo.configMap("colors"))
  await operator.reaches("Promoting")
  console.log(operator.status(), operator.texts(), JSON.stringify(operator.cluster.get(refTo.deployment("app-primary"))!.spec.template.spec))
})
it("no analysis", async () => {
  const operator = smallOperator({ settings: { eventWebhook: "http://events" } })
  const c = canary()
  delete (c as any).spec.analysis
  await operator.create(deployment(), c)
  await operator.pass()
  await operator.pass()
  console.log(operator.status(), operator.texts())
})
it("deletes", async () => {
  const operator = smallOperator({ settings: { eventWebhook: "http://events" } })
  await operator.create(deployment(), canary("app", {revertOnDeletion: true}))
  operator.cluster.change(refTo.canary(), {spec: {analysis: {stepWeight: 1.5}}})
  await operator.settle()
  operator.cluster.remove(refTo.canary())
  await operator.settle()
  await operator.pass()
  console.log(operator.cluster.get(refTo.canary()), operator.texts(), operator.cluster.get(refTo.deployment())!.spec.replicas)
})
it("gauges", async () => {
  const operator = smallOperator({ settings: { eventWebhook: "http://events" } })
  await operator.create(deployment(), canary())
  await operator.push("2")
  console.log(operator.status().canaryWeight, await operator.series("flagger_canary_w"), await operator.series("flagger_canary_st"))
})
