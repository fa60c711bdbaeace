import { isDeepStrictEqual } from "node:util"
import type { AnalysisMatch, Canary } from "#api/canary.ts"
import { RouteRefused } from "./contract.ts"

/** The requests an A/B test is for; none when traffic is moved by weight alone. */
export function testEntries(canary: Canary): AnalysisMatch[] {
  const { match = [], sessionAffinity } = canary.spec.analysis
  if (match.length > 0 && sessionAffinity) {
    throw new RouteRefused("analysis.match and analysis.sessionAffinity exclude each other: remove one of them")
  }
  return match
}

/** Every special condition within every condition of the service; fields of the special one win. */
export const crossed = <M extends object>(special: M[], service: M[]): M[] =>
  special.flatMap((entry) => (service.length > 0 ? service.map((match) => ({ ...match, ...entry })) : [entry]))

interface Test<M> {
  provider: string
  /** Each with only the fields that the router carries over. */
  entries: M[]
  /** Conditions of the rule for everybody else. */
  service: M[]
  /** What an entry can choose requests by, for the refusal. */
  fields: string
  same?: (one: M, other: M) => boolean
}

/** The conditions of an A/B test. An entry that would catch what the rule for everybody catches is refused. */
export function testMatches<M extends object>(test: Test<M>): M[] {
  const { provider, entries, service, fields, same = isDeepStrictEqual } = test
  return entries.flatMap((entry, index) => {
    const refuse = (why: string) => {
      throw new RouteRefused(`provider ${provider} cannot express analysis.match[${index}]: ${why}`)
    }
    if (Object.keys(entry).length === 0) refuse(`it would match everybody, as only ${fields} count`)
    const matches = crossed([entry], service)
    if (matches.some((match) => service.some((other) => same(match, other)))) refuse("service.match asks for the same")
    return matches
  })
}
