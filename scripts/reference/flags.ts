import { klogFlags } from "#cli/klog-flags.ts"
import { type Flag, operatorFlags } from "#controller/flags.ts"
import { code, madeFrom, table } from "./table.ts"

export function flagPage(): string {
  const rows = Object.entries<Flag>(operatorFlags).map(([name, flag]) => [
    code(`-${name}`),
    flag.type,
    shownDefault(flag),
    flag.help.replace("*", "`*`").replace(/\[(\w+)\]$/, "(environment: `$1`)"),
  ])
  const ignored = Object.keys(klogFlags).map((name) => code(`-${name}`))
  return `# Flags
${madeFrom("src/controller/flags.ts")}
\`flagger <flags>\` and \`flagger operator <flags>\` are the same; \`flagger operator -h\` prints this list.

- One dash or two; \`-flag=value\` or \`-flag value\`. A switch (bool) is turned on bare, \`-flag\`, and off with \`-flag=false\`.
  The first word that is no flag ends the list: what follows is ignored, with a warning in the log.
- A text in the environment variable named in the last column goes before the flag.
- An unknown flag ends the program with exit code 2, a value that cannot be worked with ends it with 1. All such values are named at once.

${table(["flag", "type", "default", "meaning"], rows)}
Flags of the Kubernetes logging library are taken and have no effect: ${ignored.join(", ")}.
`
}

function shownDefault({ type, default: value }: Flag): string {
  if (value === "" || value === false) return ""
  return code(type === "duration" ? `${Number(value) / 1000}s` : String(value))
}
