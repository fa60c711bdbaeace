import type { FlagTable } from "#controller/flags.ts"

/** Of `flagger sandbox`. */
export const sandboxFlags = {
  scenario: { type: "string", default: "", help: "Play one story to its end, and exit with 0 when it ended as told" },
  "data-dir": {
    type: "string",
    default: "",
    help: "Folder in which the cluster is kept, so that the next start goes on with it",
  },
  images: { type: "string", default: "", help: "YAML file that says which command runs in place of which image" },
  port: { type: "int", default: 0, help: "Port of the gateway; a free one when 0" },
  "api-port": { type: "int", default: 0, help: "Port of the API server; a free one when 0" },
  rate: { type: "int", default: 50, help: "Requests per second that the demo's users make" },
  "no-demo": { type: "bool", default: false, help: "Only the empty cluster and the operator" },
} as const satisfies FlagTable
