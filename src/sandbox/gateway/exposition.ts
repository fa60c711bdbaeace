import { DURATION, REQUESTS, RETRIES, type Sample } from "./metrics.ts"

const FAMILIES: readonly { name: string; type: string; help: string }[] = [
  { name: DURATION, type: "histogram", help: "Time until a pod had answered a request." },
  { name: REQUESTS, type: "counter", help: "Requests that clients got an answer to." },
  { name: RETRIES, type: "counter", help: "Requests that a pod did not take and that were sent again." },
]

/** As Prometheus reads it. */
export const exposition = (samples: readonly Sample[]): string =>
  FAMILIES.map(({ name, type, help }) => {
    const lines = samples.filter((sample) => sample.name.startsWith(name)).map(line)
    return lines.length > 0 ? [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ""].join("\n") : ""
  }).join("")

function line({ name, labels, value }: Sample): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`)
  return `${name}{${pairs.join(",")}} ${value}`
}

const escaped = (text: string): string => text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")
