import type { Canary } from "#api/canary.ts"
import { namespaceOf, namesOf, targetName } from "#api/release.ts"
import { render } from "#core/template/render.ts"

/** What the text of a query may ask for. */
interface QueryContext {
  canary: Canary
  /** Window as written. */
  interval?: string
  variables?: Readonly<Record<string, string>>
  /** Latest revision of a Knative Service; otherwise the route's or the target's name. */
  route?: string
}

export const DEFAULT_INTERVAL = "1m"

/** Fills in a query. Throws `TemplateError` when the text does not render. */
export function rendered(query: string, context: QueryContext, { wordsOnly }: { wordsOnly?: boolean } = {}): string {
  const { canary, interval, variables = {}, route } = context
  const { ingressRef, routeRef } = canary.spec
  const target = targetName(canary)
  const name = (text: string) => (wordsOnly ? text.replace(/\W/g, "_") : text)
  return render(query, {
    name: name(canary.metadata.name),
    namespace: name(namespaceOf(canary)),
    target: name(target),
    service: name(namesOf(canary).apex),
    ingress: name(ingressRef?.name ?? target),
    route: route ?? routeRef?.name ?? target,
    interval: interval || DEFAULT_INTERVAL,
    variables,
  })
}
