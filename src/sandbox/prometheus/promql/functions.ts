import { goQuote } from "#core/text/go-quote.ts"
import { type ParseProblem, problemAt, type ValueType } from "./expression.ts"

export interface Signature {
  readonly args: readonly ValueType[]
  /** How many of the last arguments may be missing. */
  readonly optional: number
  /** The last argument may be repeated. */
  readonly repeated?: boolean
  readonly returns: ValueType
}

const VECTOR = "instant vector"
const RANGE = "range vector"

const takes = (...args: ValueType[]): Signature => ({ args, optional: 0, returns: VECTOR })
const ofVector = takes(VECTOR)
const ofRange = takes(RANGE)
const ofTime: Signature = { args: [VECTOR], optional: 1, returns: VECTOR }
const constant: Signature = { args: [], optional: 0, returns: "scalar" }

const each = (names: string, signature: Signature): [string, Signature][] =>
  names.split(" ").map((name) => [name, signature])

/** What can be called, and with what. */
export const functions: ReadonlyMap<string, Signature> = new Map([
  ...each("abs ceil exp floor ln log2 log10 sgn sqrt deg rad", ofVector),
  ...each("sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh", ofVector),
  ...each("absent sort sort_desc timestamp", ofVector),
  ...each("histogram_avg histogram_count histogram_sum histogram_stddev histogram_stdvar", ofVector),
  ...each("rate irate increase delta idelta deriv changes resets absent_over_time", ofRange),
  ...each("avg_over_time min_over_time max_over_time sum_over_time count_over_time", ofRange),
  ...each("stddev_over_time stdvar_over_time first_over_time last_over_time present_over_time", ofRange),
  ...each("year month day_of_month day_of_week day_of_year days_in_month hour minute", ofTime),
  ...each("time pi", constant),
  ["clamp", takes(VECTOR, "scalar", "scalar")],
  ["clamp_min", takes(VECTOR, "scalar")],
  ["clamp_max", takes(VECTOR, "scalar")],
  ["round", { ...takes(VECTOR, "scalar"), optional: 1 }],
  ["predict_linear", takes(RANGE, "scalar")],
  ["quantile_over_time", takes("scalar", RANGE)],
  ["histogram_quantile", takes("scalar", VECTOR)],
  ["histogram_fraction", takes("scalar", "scalar", VECTOR)],
  ["label_replace", takes(VECTOR, "string", "string", "string", "string")],
  ["label_join", { ...takes(VECTOR, "string", "string", "string"), optional: 1, repeated: true }],
  ["scalar", { ...takes(VECTOR), returns: "scalar" }],
  ["vector", takes("scalar")],
])

/** Known to Prometheus, which wants a feature flag for them. */
const experimental: ReadonlySet<string> = new Set(
  (
    "double_exponential_smoothing histogram_quantiles info mad_over_time max_of min_of sort_by_label " +
    "sort_by_label_desc start end range step start_timestamp ts_of_first_over_time ts_of_last_over_time " +
    "ts_of_max_over_time ts_of_min_over_time"
  ).split(" "),
)

export const noFunction = (query: string, from: number, name: string): ParseProblem =>
  problemAt(
    query,
    from,
    experimental.has(name) ? `function "${name}" is not enabled` : `unknown function with name ${goQuote(name)}`,
  )
