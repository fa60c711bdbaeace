import { expect } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { canary, deployment } from "#test/cluster/objects.ts"
import {
  refTo,
  type Reply,
  type SmallOperator,
  smallOperator,
  type SmallOperatorOptions,
} from "./small-operator.test-support.ts"

type Spec = Parameters<typeof canary>[1]

/** A canary that has just been initialised, with one Deployment unless told otherwise. */
export async function initialised(
  spec: Spec = {},
  options: SmallOperatorOptions = {},
  objects: KubeObject[] = [deployment()],
): Promise<SmallOperator> {
  const operator = smallOperator(options)
  await operator.create(...objects, canary("app", spec))
  expect(operator.status().phase).toBe("Initialized")
  return operator
}

/** The same with a new version at 30 %. */
export async function midRun(spec: Spec = {}, options: SmallOperatorOptions = {}): Promise<SmallOperator> {
  const operator = await initialised(spec, options)
  await operator.push("2")
  expect(operator.status()).toMatchObject({ phase: "Progressing", canaryWeight: 30 })
  return operator
}

export const hooks = (...types: string[]) => types.map((type) => ({ name: type, type, url: `http://hooks/${type}` }))
/** Of a spec. */
export const asking = (...types: string[]): Spec => ({ analysis: { webhooks: hooks(...types) } })
/** A hook that does not just say yes. */
export const saying = (type: string, reply: Reply): SmallOperatorOptions => ({
  answer: ({ url }) => (url === `http://hooks/${type}` ? reply : undefined),
})
export const callsTo = (operator: SmallOperator, part: string): number =>
  operator.calls.filter(({ url }) => url.includes(part)).length

export const pushed = (version: string) => ({ spec: { template: { metadata: { annotations: { version } } } } })
export const versionOf = (operator: SmallOperator, name: string): string | undefined =>
  operator.cluster.get(refTo.deployment(name))?.["spec"].template.metadata.annotations?.version
export const liveWeights = ({ mesh }: SmallOperator): number[] =>
  mesh.get(refTo.virtualService())?.["spec"].http[0].route.map(({ weight }: { weight: number }) => weight)

/** A ConfigMap, and a Deployment that uses it. */
export const colors = (sky = "blue"): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "colors" },
  data: { sky },
})
export function usingColors(): KubeObject {
  const workload = deployment()
  workload["spec"].template.spec.containers[0].envFrom = [{ configMapRef: { name: "colors" } }]
  return workload
}
