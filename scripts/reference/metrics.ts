import type { Canary } from "#api/canary.ts"
import { createOwnMetrics } from "#controller/own-metrics.ts"
import { code, madeFrom, table } from "./table.ts"

export async function metricPage(): Promise<string> {
  return `# Metrics
${madeFrom("src/controller/own-metrics.ts")}
The operator serves its own series on \`/metrics\` of \`-port\`. Names and labels of the \`flagger_canary_*\` series and of
\`flagger_info\` are the original's, so its dashboards and rules go on working. Standby replicas serve \`/metrics\` too.

${table(["series", "type", "labels", "meaning"], rowsOf(await shown()))}
- \`name\` and \`workload\` are names of workloads: \`name\` the target's; \`workload\` the target's or the primary's.
- \`flagger_canary_status\` is 0 while a release is under way (\`Progressing\`), 2 when it has failed (\`Failed\`), and otherwise 1.
- \`flagger_canary_weight\` is the live split in percent.
- \`flagger_canary_metric_analysis\` is the last value measured, whatever became of it; \`request-duration\` is in seconds here.
- \`deployment_strategy\` is \`canary\`, \`ab-testing\` or \`blue-green\`; \`analysis_status\` is \`completed\` or \`skipped\`.
- When a Canary is deleted its series go, but for \`flagger_canary_total\`.
`
}

/** All series as Prometheus would read them, each with a value, since labels are only written with values. */
async function shown(): Promise<string> {
  const metrics = createOwnMetrics({ version: "", meshProvider: "" })
  const canary = {
    metadata: { name: "podinfo", namespace: "demo" },
    spec: { targetRef: { kind: "Deployment", name: "podinfo" }, analysis: {} },
    status: { phase: "Succeeded" },
  } as Canary
  metrics.totals(new Map([["demo", 1]]))
  metrics.seen(canary)
  metrics.measured(canary, "request-duration", 1)
  metrics.analysed(canary, 1)
  for (const result of ["succeeded", "failed"] as const) metrics.finished(canary, { result, analysis: "completed" })
  metrics.apiRequest("GET", 200)
  metrics.deliveryFailed("alert")
  metrics.deliveryDropped("webhook")
  metrics.holding(() => [["Canary", { objects: 1, watches: 1 }]])
  return metrics.text()
}

function rowsOf(text: string): string[][] {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)\n.*?(?:\{(.*)\})? \S+$/gm)].map(
    ([, name, help, type, labels = ""]) => [code(name!), type!, labelsOf(labels), help!],
  )
}

const labelsOf = (text: string): string =>
  [...text.matchAll(/(\w+)="/g)]
    .map(([, label]) => label!)
    .filter((label) => label !== "le")
    .map(code)
    .join(", ")
