import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { loadAll } from "js-yaml"
import { describe, expect, it } from "vitest"
import { parseFlags } from "#cli/flags.ts"
import type { Canary } from "#api/canary.ts"
import type { MetricTemplate } from "#api/metric-template.ts"
import { keyOf, type KubeObject, type ObjectRef, refOf } from "#api/objects.ts"
import { namespaceOf } from "#api/release.ts"
import { operatorFlags } from "#controller/flags.ts"
import { invalidity } from "#core/rollout/validity.ts"
import { kindOf } from "#kube/kinds.ts"
import { providerFor } from "#metrics/registry.ts"
import { rendered } from "#metrics/variables.ts"
import { allToCanary, allToPrimary, type RouterSettings } from "#routers/contract.ts"
import { routerFor } from "#routers/registry.ts"
import { scalerFor } from "#scalers/registry.ts"
import { targetFor } from "#targets/registry.ts"
import { serviceRefs } from "#targets/services.ts"
import { schemaProblems } from "./schema-problems.ts"

const root = join(import.meta.dirname, "..")
const textOf = (path: string) => readFileSync(join(root, path), "utf8")
const documentsIn = (path: string) => loadAll(textOf(path)) as KubeObject[]

const files = readdirSync(join(root, "examples")).filter((name) => name.endsWith(".yaml"))
const examples = files.map((file) => ({ file, objects: documentsIn(`examples/${file}`) }))
const demo = documentsIn("examples/demo.yaml")
const canariesIn = (objects: KubeObject[]) => objects.filter(({ kind }) => kind === "Canary") as Canary[]

const settings: RouterSettings = {
  ingressAnnotationsPrefix: "nginx.ingress.kubernetes.io",
  ingressClass: "",
  includeLabelPrefixes: [],
  selectorLabel: "app",
  ownable: true,
}

describe.each(examples)("examples/$file", ({ file, objects }) => {
  const there = new Map([...demo, ...objects].map((object) => [keyOf(refOf(object)), object]))
  const found = { get: (ref: ObjectRef) => there.get(keyOf(ref)) }
  const names = new Set(
    [...there.values()].map(({ kind, metadata }) => `${kind}/${metadata.namespace}/${metadata.name}`),
  )

  it("begins with a comment that says what it shows", () => {
    expect(textOf(`examples/${file}`)).toMatch(/^# \w/)
  })

  it("stands in the list of examples", () => {
    expect(textOf("examples/README.md")).toContain(`| [${file}](${file}) | `)
  })

  it("is what the resource definitions accept", () => {
    expect(objects.flatMap(schemaProblems)).toEqual([])
  })

  it("refers only to what it or the demo workload brings along", () => {
    expect(objects.flatMap(referencesOf).filter((name) => !names.has(name))).toEqual([])
  })

  it.each(canariesIn(objects))("has a canary that can be served: $spec.provider", (canary) => {
    expect(invalidity(canary, { noCrossNamespaceRefs: true })).toBeUndefined()
    expect(there.has(keyOf(targetFor(canary).ref(canary)))).toBe(true)
    expect(() => scalerFor(canary)).not.toThrow()
    const router = routerFor(canary.spec.provider!)
    const mirrored = canary.spec.analysis.mirror ? [{ ...allToPrimary, mirrored: true }] : []
    for (const routes of [allToPrimary, ...mirrored, allToCanary]) router.desired(canary, routes, found, settings)
  })

  it.each(canariesIn(objects).flatMap(templatedChecks))("fills in the query of $metric.name", ({ canary, metric }) => {
    const ref = { apiVersion: "flagger.app/v1beta1", kind: "MetricTemplate", namespace: namespaceOf(canary) }
    const { query, provider } = (found.get({ ...ref, name: metric.templateRef!.name }) as MetricTemplate).spec
    expect(() => providerFor(provider.type)).not.toThrow()
    const { interval, templateVariables: variables } = metric
    expect(rendered(query, { canary, interval, variables })).not.toContain("{{")
  })
})

const templatedChecks = (canary: Canary) =>
  (canary.spec.analysis.metrics ?? []).filter(({ templateRef }) => templateRef).map((metric) => ({ canary, metric }))

/** Names in a file's own namespace that it counts on. */
function referencesOf({ kind, spec, metadata: { namespace } }: KubeObject): string[] {
  const named = (what: string, ref: { name: string } | undefined) => (ref ? [`${what}/${namespace}/${ref.name}`] : [])
  switch (kind) {
    case "Canary": {
      const { targetRef, ingressRef, autoscalerRef, analysis } = spec as Canary["spec"]
      return [
        ...[targetRef, ingressRef, autoscalerRef].flatMap((ref) => named(ref?.kind ?? "", ref)),
        ...(analysis.metrics ?? []).flatMap(({ templateRef }) => named("MetricTemplate", templateRef)),
        ...(analysis.alerts ?? []).flatMap(({ providerRef }) => named("AlertProvider", providerRef)),
      ]
    }
    case "AlertProvider":
      return named("Secret", spec.secretRef)
    case "MetricTemplate":
      return named("Secret", spec.provider.secretRef)
    default:
      return []
  }
}

it("an example that an API server would refuse is noticed", () => {
  const [canary] = canariesIn(documentsIn("examples/gatewayapi-weighted.yaml")) as [Canary]
  const withSpec = (spec: object) => schemaProblems({ ...canary, spec: { ...canary.spec, ...spec } })
  const withAnalysis = (analysis: object) => withSpec({ analysis: { ...canary.spec.analysis, ...analysis } })
  expect(withSpec({ provider: "contuor" })).toEqual([`.spec.provider: "contuor" breaks enum`])
  expect(withSpec({ skipanalysis: true })).toEqual([".spec.skipanalysis is not a field"])
  expect(withSpec({ targetRef: { kind: "Deployment", name: "x" } })).toEqual([".spec.targetRef.apiVersion is missing"])
  expect(withAnalysis({ interval: "soon" })).toEqual([`.spec.analysis.interval: "soon" breaks pattern`])
  expect(withAnalysis({ threshold: "5" })).toEqual([`.spec.analysis.threshold: "5" is of another type`])
  expect(withAnalysis({ iterations: 3 })).toEqual([expect.stringMatching(/^.spec.analysis: .* breaks oneOf$/)])
})

describe("deploy/operator.yaml", () => {
  const objects = documentsIn("deploy/operator.yaml")
  const rules: { apiGroups?: string[]; resources?: string[]; verbs: string[] }[] = objects.flatMap(
    ({ kind, rules: own }) => (kind === "ClusterRole" ? own : []),
  )
  const grants = (group: string, plural: string, verb: string) =>
    rules.some(
      (rule) => rule.apiGroups?.includes(group) && rule.resources?.includes(plural) && rule.verbs.includes(verb),
    )

  it("lets the operator read and write whatever an example needs", () => {
    const canaries = examples.flatMap((example) => canariesIn(example.objects))
    const refs = canaries.flatMap((canary) => {
      const [target, router, scaler] = [targetFor(canary), routerFor(canary.spec.provider!), scalerFor(canary)]
      const scalers = scaler ? [scaler.ref(canary)] : []
      return [target.ref(canary), ...serviceRefs(canary), ...router.reads(canary), ...scalers]
    })
    const refused = refs.flatMap(({ apiVersion, kind }) => {
      const [group, plural] = [
        apiVersion.includes("/") ? apiVersion.split("/")[0]! : "",
        kindOf(apiVersion, kind).plural,
      ]
      return ["get", "list", "watch", "create", "patch"]
        .filter((verb) => !grants(group, plural, verb))
        .map((verb) => `${verb} ${plural}`)
    })
    expect(refused).toEqual([])
  })

  it("starts it with flags that it knows", () => {
    const [container] = objects.find(({ kind }) => kind === "Deployment")!.spec.template.spec.containers
    expect(parseFlags(operatorFlags, container.args)).toMatchObject({ rest: [], helpWanted: false })
  })

  it("names the version of this checkout", () => {
    const { version } = JSON.parse(textOf("package.json"))
    expect(textOf("deploy/operator.yaml")).toContain(`image: flagger:${version}\n`)
  })
})
