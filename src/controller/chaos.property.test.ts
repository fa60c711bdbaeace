import fc from "fast-check"
import { expect, it } from "vitest"
import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { checksumOf } from "#targets/configs.ts"
import { revisionOf } from "#targets/revision.ts"
import { canary } from "#test/cluster/objects.ts"
import { refused } from "./fake-cluster.test-support.ts"
import { measured, refTo, type SmallOperator, smallOperator } from "./small-operator.test-support.ts"
import { colors, liveWeights, pushed, usingColors, versionOf } from "./stories.test-support.ts"

const analyses = fc.constantFrom(
  {},
  { stepWeight: undefined, stepWeights: [10, 50], maxWeight: undefined, stepWeightPromotion: 30 },
  { stepWeight: undefined, maxWeight: undefined, iterations: 2 },
  {
    stepWeight: undefined,
    maxWeight: undefined,
    iterations: 2,
    match: [{ headers: { user: { exact: "insider" } } }],
  },
  { mirror: true, sessionAffinity: { cookieName: "sticky" } },
)
const requests = fc.constantFrom(
  /^patch Canary .* status$/,
  /^patch VirtualService/,
  /^patch Deployment shop\/app$/,
  /^patch Deployment shop\/app-primary$/,
  /^create /,
  /^get Deployment/,
  /^get ConfigMap/,
  /^patch ConfigMap/,
)
const fates = fc.constantFrom("fails", "loses its answer", "meets a newer version of the target", "meets another hand")
const happenings = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: "pass" as const }) },
  {
    weight: 4,
    arbitrary: fc.record({ do: fc.constant("interrupt" as const), request: requests, fate: fates }),
  },
  fc.record({
    do: fc.constantFrom(
      "push",
      "configure",
      "break checks",
      "mend checks",
      "break pods",
      "mend pods",
      "restart",
      "lag",
      "deliver",
    ),
  }),
)
type Happening = typeof happenings extends fc.Arbitrary<infer T> ? T : never

/** One canary, and somebody who keeps track of what is pushed. */
async function begin(analysis: object) {
  let version = 0
  let checksPass = true
  const revisions = new Map<string | undefined, string>()
  const answer = ({ url }: { url: string }) => {
    const isCheck = url.includes("/api/v1/query") && !url.includes("vector") && !url.includes("histogram")
    return isCheck && !checksPass ? measured(0) : undefined
  }
  let operator = smallOperator({ answer })
  const { cluster } = operator
  const note = () => {
    const template = cluster.get(refTo.deployment())?.["spec"].template
    revisions.set(template?.metadata.annotations?.version, revisionOf(template))
  }
  const push = (): void => {
    cluster.change(refTo.deployment(), pushed(`${++version}`))
    note()
  }

  async function happen(one: Happening): Promise<void> {
    switch (one.do) {
      case "pass":
        return operator.pass()
      case "push":
        return push()
      case "configure":
        return cluster.change(refTo.configMap("colors"), { data: { sky: `${++version}` } })
      case "break checks":
        checksPass = false
        return
      case "mend checks":
        checksPass = true
        return
      case "break pods":
        return void operator.stuck.add("app")
      case "mend pods":
        return operator.stuck.clear()
      case "restart": {
        operator.end()
        operator = operator.restarted()
        return
      }
      case "lag":
        return cluster.lag()
      case "deliver":
        return cluster.deliver()
      case "interrupt":
        return cluster.when(one.request, () => {
          if (one.fate === "fails") throw refused(500, "etcd is away")
          if (one.fate === "meets a newer version of the target") push()
          if (one.fate === "meets another hand" && cluster.get(refTo.virtualService())) {
            cluster.change(refTo.virtualService(), { metadata: { annotations: { touched: `${++version}` } } })
          }
          return one.fate === "loses its answer" ? "lose the answer" : undefined
        })
    }
  }

  await operator.create(colors(), usingColors(), canary("app", { analysis }))
  note()
  return {
    cluster,
    revisions: revisions as ReadonlyMap<string | undefined, string>,
    operator: () => operator,
    happen,
    push,
    calm() {
      cluster.calm()
      cluster.deliver()
      operator.stuck.clear()
      checksPass = true
    },
  }
}

type Judged = Pick<NonNullable<Canary["status"]>, "lastAppliedSpec" | "trackedConfigs">

/** Whatever the primary got since the last time is what was judged at that moment. Returns what is judged now. */
function expectOnlyJudged(
  { cluster }: SmallOperator,
  revisions: ReadonlyMap<string | undefined, string>,
  before: Judged,
): Judged {
  let judged = before
  for (const { line, body, done } of cluster.requests.splice(0)) {
    const { spec, data, status } = (body ?? {}) as Partial<KubeObject>
    const version = spec?.template?.metadata?.annotations?.version
    if (line === "patch Canary shop/app status" && done) judged = { ...judged, ...status }
    if (line === "patch Deployment shop/app-primary" && version) {
      expect(revisions.get(version)).toBe(judged.lastAppliedSpec)
    }
    if (line === "patch ConfigMap shop/colors-primary") {
      expect(judged.trackedConfigs).toEqual({ "configmap/colors": checksumOf(data) })
    }
  }
  return judged
}

/** What must hold at every moment, in the cluster as it is. */
function expectOrder(operator: SmallOperator): void {
  const weights = liveWeights(operator)
  expect(weights.reduce((sum, weight) => sum + weight, 0)).toBe(100)
  const { replicas } = operator.cluster.get(refTo.deployment())!["spec"]
  if (replicas === 0 && weights.length > 1) expect(weights[1]).toBe(0)
  expect(operator.texts().filter((text) => /undefined|not a function|no rest/.test(text))).toEqual([])
}

it("whatever happens around a canary, traffic has pods, and the next version can be released", async () => {
  await fc.assert(
    fc.asyncProperty(
      analyses,
      fc.array(happenings, { minLength: 5, maxLength: 40, size: "max" }),
      async (analysis, history) => {
        const world = await begin(analysis)
        let judged: Judged = {}
        world.push()
        for (const one of history) {
          await world.happen(one)
          await world.operator().settle()
          if (world.operator().status().phase !== "Initializing") expectOrder(world.operator())
          judged = expectOnlyJudged(world.operator(), world.revisions, judged)
        }
        world.calm()
        world.push()
        await world.operator().settle()
        await world.operator().pass()
        // The run that was ending when the last version came ends first.
        await world.operator().reaches("Succeeded")
        await world.operator().pass()
        await world.operator().reaches("Succeeded")
        expectOrder(world.operator())
        const { cluster } = world
        expect(versionOf(world.operator(), "app-primary")).toBe(versionOf(world.operator(), "app"))
        expect(cluster.get(refTo.deployment())!["spec"].replicas).toBe(0)
        expect(cluster.get(refTo.configMap("colors-primary"))!["data"]).toEqual(
          cluster.get(refTo.configMap("colors"))!["data"],
        )
      },
    ),
    { numRuns: 100 },
  )
}, 60_000)
