import type { FlagTable } from "#controller/flags.ts"

const text = { type: "string", default: "", help: "" } as const
const either = { type: "bool", default: false, help: "" } as const

/** Flags of the Kubernetes logging library, which manifests may set. They are read and have no effect. */
export const klogFlags = {
  v: text,
  vmodule: text,
  logtostderr: either,
  alsologtostderr: either,
  stderrthreshold: text,
  log_dir: text,
  log_file: text,
  log_file_max_size: text,
  log_backtrace_at: text,
  skip_headers: either,
  skip_log_headers: either,
  one_output: either,
  add_dir_header: either,
} as const satisfies FlagTable
