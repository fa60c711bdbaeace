import type { Canary } from "#api/canary.ts"
import { namespaceOf, namesOf, targetName } from "#api/release.ts"
import { render } from "#core/template/render.ts"

/** What the text of a query may ask for. */
export interface QueryContext {
  canary: Canary
  /** Window as written; one minute when absent. */
  interval?: string
  variables?: Readonly<Record<string, string>>
  /** Latest revision of a Knative Service; otherwise the route's or the target's name. */
  route?: string
}

export const DEFAULT_INTERVAL = "1m"

/** Fills in a query. Throws `TemplateError` when the text does not render. */
export function rendered(query: string, context: QueryContext, clean: (name: string) => string = (name) => name): string {
  const { canary, interval = DEFAULT_INTERVAL, variables = {}, route } = context
  const { spec, metadata } = canary
  const target = targetName(canary)
  return render(query, {
    name: clean(metadata.name),
    namespace: clean(namespaceOf(canary)),
    target: clean(target),
    service: clean(namesOf(canary).apex),
    ingress: clean(spec.ingressRef?.name || target),
    route: route ?? (spec.routeRef?.name || target),
    interval,
    variables,
  })
}
