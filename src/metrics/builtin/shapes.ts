/** The two queries of a mesh or ingress, as templates. */
export interface BuiltinQueries {
  /** Percentage of good requests. */
  successRate: string
  duration: string
  /** Of the duration's result. */
  unit: "ms" | "s"
  /** A failing success rate is told without the words that introduce all other failures. */
  bareFailure?: boolean
  /** Names are written as Skipper writes them: whatever is no letter, digit or underscore becomes one. */
  wordsOnly?: boolean
}

/** Share of requests that match `good`, in percent. `after` stands behind the selector of all requests only. */
export const share = (series: string, selector: string, good: string, after = ""): string =>
  `sum( rate( ${series}{ ${selector}, ${good} }[{{ interval }}] ) ) / ` +
  `sum( rate( ${series}{ ${selector}${after} }[{{ interval }}] ) ) * 100`

export const p99 = (buckets: string, selector: string): string =>
  `histogram_quantile( 0.99, sum( rate( ${buckets}{ ${selector} }[{{ interval }}] ) ) by (le) )`

/** Mean of seconds, in milliseconds. */
export const mean = (series: string, selector: string): string =>
  `sum( rate( ${series}_sum{ ${selector} }[{{ interval }}] ) ) / ` +
  `sum( rate( ${series}_count{ ${selector} }[{{ interval }}] ) ) * 1000`
