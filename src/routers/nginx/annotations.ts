import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { fluxOff, LAST_APPLIED } from "#api/release.ts"
import { RouteRefused, type Routes } from "../contract.ts"
import { beyondHeaders, type HeaderMatch, headersOf } from "../header-matches.ts"

type Annotations = Record<string, string>

/** All annotations of the canary Ingress. Those that make it a canary are ours; the others follow the source. */
export function canaryAnnotations(
  canary: Canary,
  routes: Routes,
  ingresses: { source: KubeObject; live: KubeObject | undefined },
  prefix: string,
): Annotations {
  return {
    // NGINX's own settings follow the source, so that one removed there goes here too; the rest is of others.
    ...without(ingresses.live, `${prefix}/`),
    ...inherited(ingresses.source, prefix),
    ...fluxOff,
    ...trafficAnnotations(canary, routes, prefix),
  }
}

/** What is left when no traffic goes to the canary, and there is no source to follow. */
export const annotationsOfRest = (live: KubeObject | undefined, prefix: string): Annotations => ({
  ...without(live, `${prefix}/canary`),
  ...atRest(prefix),
})

export const isTested = (canary: Canary): boolean => (canary.spec.analysis.match ?? []).length > 0

/** Annotations but those with this in their keys. */
function without(ingress: KubeObject | undefined, part: string): Annotations {
  const annotations = Object.entries(ingress?.metadata.annotations ?? {})
  return Object.fromEntries(annotations.filter(([key]) => !key.includes(part)))
}

function inherited(source: KubeObject, prefix: string): Annotations {
  const { [LAST_APPLIED]: _, ...annotations } = without(source, `${prefix}/canary`)
  return annotations
}

function trafficAnnotations(canary: Canary, routes: Routes, prefix: string): Annotations {
  if (routes.canary === 0) return atRest(prefix)
  if (isTested(canary)) return { ...atRest(prefix), ...matchAnnotations(canary, prefix) }
  return { ...atRest(prefix), [`${prefix}/canary-weight`]: String(routes.canary) }
}

const atRest = (prefix: string): Annotations => ({ [`${prefix}/canary`]: "true", [`${prefix}/canary-weight`]: "0" })

/** NGINX takes one header and one cookie; either of them leads to the canary. */
function matchAnnotations(canary: Canary, prefix: string): Annotations {
  const asked = canary.spec.analysis.match!.flatMap((entry, index) => {
    const place = `analysis.match[${index}]`
    const problem = beyondHeaders(entry)
    if (problem) throw new RouteRefused(`provider nginx cannot express ${place}: ${problem}`)
    return headersOf(entry).map((header) => ({ ...header, place }))
  })
  const [cookies, headers] = [asked.filter(isCookie), asked.filter((match) => !isCookie(match))]
  const cookie = onlyOne("cookie", cookies)
  const header = onlyOne("header", headers)
  if (cookie) refuseForm(cookie, ["exact"])
  if (header) refuseForm(header, ["exact", "regex"])
  return {
    ...(cookie ? { [`${prefix}/canary-by-cookie`]: cookie.value } : {}),
    ...(header
      ? {
          [`${prefix}/canary-by-header`]: header.name,
          [`${prefix}/canary-by-header-${header.form === "exact" ? "value" : "pattern"}`]: header.value,
        }
      : {}),
  }
}

interface Asked extends HeaderMatch {
  /** Where in the spec it is asked for. */
  place: string
}
const isCookie = (match: Asked): boolean => match.name === "cookie"
const textOf = ({ name, form, value }: Asked): string => `${name} ${form} ${value}`

/** The same condition may be asked for more than once. */
function onlyOne(what: string, asked: Asked[]): Asked | undefined {
  if (new Set(asked.map(textOf)).size <= 1) return asked[0]
  const list = asked.map((match) => `${match.place} (${textOf(match)})`).join(", ")
  throw new RouteRefused(`provider nginx can tell users apart by one ${what} only, but there are more: ${list}`)
}

function refuseForm(match: Asked, forms: HeaderMatch["form"][]): void {
  if (forms.includes(match.form)) return
  throw new RouteRefused(
    `provider nginx cannot express ${match.place}: ${match.name} is matched by ${match.form}, not by ${forms.join(" or ")}`,
  )
}
