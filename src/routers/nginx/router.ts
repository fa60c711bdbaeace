import type { Canary } from "#api/canary.ts"
import { controllerOf, type KubeObject, type Metadata, type ObjectRef } from "#api/objects.ts"
import { namesOf, namespaceOf } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import { allToCanary, allToPrimary, type Found, RouteRefused, type Router, type Routes } from "../contract.ts"
import { refuseMirror, weightsOnly } from "../limits.ts"
import { routeObject } from "../route-object.ts"
import { orWayBack } from "../way-back.ts"
import { annotationsOfRest, canaryAnnotations, isTested } from "./annotations.ts"

/** Ingress-NGINX: a second Ingress beside the user's, marked as its canary by annotations. */
export const nginx: Router = {
  names: ["nginx"],
  can: { ...weightsOnly, matches: true },
  reads: (canary) => (canary.spec.ingressRef?.name ? [sourceRef(canary), canaryIngressRef(canary)] : []),
  desired(canary, routes, found, { ingressAnnotationsPrefix: prefix }) {
    refuseMirror("nginx", routes)
    const live = found.get(canaryIngressRef(canary))
    const desired = (): Wanted => {
      const source = sourceIn(canary, found)
      const annotations = canaryAnnotations(canary, routes, { source, live }, prefix)
      const { labels } = source.metadata
      const metadata = { ...(labels ? { labels } : {}), annotations }
      const object = canaryIngress(canary, metadata, canarySpec(canary, source))
      return { object, owned: [["spec"]], labels: "add", annotations: "replace" }
    }
    const retreat = (): Wanted => {
      const annotations = annotationsOfRest(live, prefix)
      return { object: canaryIngress(canary, { annotations }, live?.spec), owned: [], annotations: "replace" }
    }
    return [orWayBack({ routes, live: splitIn(canary, live, prefix), desired, retreat })]
  },
  observed(canary, found, { ingressAnnotationsPrefix: prefix }) {
    const ref = canaryIngressRef(canary)
    const split = splitIn(canary, found.get(ref), prefix)
    if (split) return split
    const problem = `annotation ${prefix}/canary-weight of ingress ${ref.name}.${ref.namespace}`
    throw new RouteRefused(`${problem} is no whole number from 0 to 100`)
  },
  released: () => ({ write: [], remove: [] }),
}

const ingress = (canary: Canary, suffix: string): ObjectRef => {
  const source = canary.spec.ingressRef?.name
  if (!source) throw new RouteRefused("ingress selector is empty: provider nginx needs spec.ingressRef.name")
  return { apiVersion: "networking.k8s.io/v1", kind: "Ingress", namespace: namespaceOf(canary), name: source + suffix }
}
const sourceRef = (canary: Canary) => ingress(canary, "")
const canaryIngressRef = (canary: Canary) => ingress(canary, "-canary")

/** It lives in the workload's cluster, where its owner is always known. */
const canaryIngress = (canary: Canary, metadata: Pick<Metadata, "labels" | "annotations">, spec: unknown): KubeObject =>
  routeObject(canary, canaryIngressRef(canary), { ownable: true }, metadata, spec)

function sourceIn(canary: Canary, found: Found): KubeObject {
  const ref = sourceRef(canary)
  const source = found.get(ref)
  if (!source) throw new RouteRefused(`ingress ${ref.name}.${ref.namespace} not found`)
  const { apex } = namesOf(canary)
  if (hasBackend(source, apex)) return source
  throw new RouteRefused(`backend ${apex} not found in ingress ${ref.name}`)
}

interface Path {
  backend?: { service?: { name: string } }
}
interface Rule {
  http?: { paths?: Path[] }
}
const rulesOf = (ingress: KubeObject): Rule[] => ingress.spec?.rules ?? []
const hasBackend = (ingress: KubeObject, service: string): boolean =>
  rulesOf(ingress).some((rule) => rule.http?.paths?.some((path) => path.backend?.service?.name === service))

/** The source's spec with the canary's Service in place of the apex. */
function canarySpec(canary: Canary, source: KubeObject): object {
  const names = namesOf(canary)
  const renamed = (path: Path): Path =>
    path.backend?.service?.name === names.apex
      ? { ...path, backend: { ...path.backend, service: { ...path.backend.service, name: names.canary } } }
      : path
  const rules = rulesOf(source).map((rule) =>
    rule.http?.paths ? { ...rule, http: { ...rule.http, paths: rule.http.paths.map(renamed) } } : rule,
  )
  return { ...source.spec, rules }
}

/** Undefined when it cannot be read. An Ingress that is not ours and does not know the canary's Service is yet to be taken over. */
function splitIn(canary: Canary, live: KubeObject | undefined, prefix: string): Routes | undefined {
  if (!live || !(controllerOf(live)?.name === canary.metadata.name || hasBackend(live, namesOf(canary).canary))) {
    return allToPrimary
  }
  const annotations = live.metadata.annotations ?? {}
  const byMatch = [`${prefix}/canary-by-cookie`, `${prefix}/canary-by-header`].some((key) => key in annotations)
  if (isTested(canary) && byMatch) return allToCanary
  const weight = annotations[`${prefix}/canary-weight`] ?? "0"
  const percent = /^\d+$/.test(weight) ? Number(weight) : NaN
  return percent <= 100 ? { primary: 100 - percent, canary: percent, mirrored: false } : undefined
}
