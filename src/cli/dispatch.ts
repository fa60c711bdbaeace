import { versionLine } from "../version.ts"
import type { Out } from "./out.ts"

interface Command {
  about: string
  /** Gets the arguments after the command's name; the answer is the exit code. */
  run(args: readonly string[], out: Out): Promise<number> | number
}

/** Each command is loaded only when it is called. */
const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  [
    "operator",
    {
      about: "Run the operator. Flags without a command do the same",
      run: async (args, out) => (await import("./operator.ts")).operator(args, out),
    },
  ],
  [
    "sandbox",
    {
      about: "A whole cluster in this process, with a release to look at",
      run: async (args, out) => (await import("./sandbox.ts")).sandbox(args, out),
    },
  ],
  ["version", { about: "Print the version", run: (_, out) => print(out, versionLine) }],
  ["help", { about: "Print this list", run: (_, out) => print(out, overview()) }],
])

/** Runs the command that the arguments name. */
export async function dispatch(args: readonly string[], out: Out): Promise<number> {
  const [first = "operator", ...rest] = args
  if (["-h", "-help", "--help"].includes(first)) return print(out, overview())
  if (first.startsWith("-")) return dispatch(["operator", ...args], out)
  const command = commands.get(first)
  if (command) return command.run(rest, out)
  out.stderr(`flagger: unknown command ${JSON.stringify(first)}\n\n${overview()}`)
  return 2
}

function overview(): string {
  const lines = [...commands].map(([name, { about }]) => `  ${name.padEnd(8)}  ${about}\n`)
  return `Usage: flagger [command] [flags]\n\n${lines.join("")}\nflagger operator -h lists the operator's flags.\n`
}

function print(out: Out, text: string): number {
  out.stdout(text)
  return 0
}
