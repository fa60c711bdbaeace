import { operatorFlags } from "#controller/flags.ts"
import { settingsFrom, SettingsRefused } from "#controller/settings.ts"
import { routerFor } from "#routers/registry.ts"
import { versionLine } from "../version.ts"
import { FlagError, parseFlags, usageOf } from "./flags.ts"
import { klogFlags } from "./klog-flags.ts"
import type { Out } from "./out.ts"
import { runOperator } from "./run-operator.ts"

/** `flagger operator <flags>`: everything before the first request to a cluster. */
export async function operator(args: readonly string[], out: Out): Promise<number> {
  try {
    const { values, rest, helpWanted } = parseFlags({ ...operatorFlags, ...klogFlags }, args)
    if (helpWanted) {
      out.stdout(usage())
      return 0
    }
    if (values.version) {
      out.stdout(versionLine)
      return 0
    }
    const settings = settingsFrom(values, process.env, problemOfProvider)
    return await runOperator(settings, rest)
  } catch (error) {
    if (error instanceof FlagError) {
      out.stderr(`${error.message}\n${usage()}`)
      return 2
    }
    if (error instanceof SettingsRefused) {
      out.stderr(`flagger: ${error.message}\n`)
      return 1
    }
    throw error
  }
}

const usage = () => usageOf("flagger operator", operatorFlags)

function problemOfProvider(name: string): string | undefined {
  try {
    routerFor(name)
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
