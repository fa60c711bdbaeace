import { type CelEnv, celEnv, type CelInput, type CelResult, isCelError, parse, plan } from "@bufbuild/cel"
import { lists, sets } from "./library/lists.ts"
import { network } from "./library/network.ts"
import { optionals } from "./library/optionals.ts"
import { quantities } from "./library/quantities.ts"
import { texts } from "./library/texts.ts"
import { versions } from "./library/versions.ts"
import { inPlainSyntax, tokensOf } from "./syntax.ts"

export type Parsed = ReturnType<typeof parse>

/** Throws what is wrong with the values. */
export type Program = (variables: Record<string, CelInput>) => CelResult

let environment: CelEnv | undefined
const programs = new Map<string, Program>()
const parsed = new Map<string, Parsed>()

/** Throws when the source is malformed. */
export function parsedRule(source: string): Parsed {
  // The same rules stand in many places, and parsing is what takes the time.
  const found = parsed.get(source) ?? parse(inPlainSyntax(source))
  parsed.set(source, found)
  return found
}

/** Throws when the source is malformed. */
export function programOf(source: string): Program {
  const known = programs.get(source)
  if (known) return known
  environment ??= celEnv({ funcs: [...texts, ...lists, ...sets, ...network, ...quantities, ...versions, ...optionals] })
  const evaluate = plan(environment, parsedRule(source))
  const program: Program = (variables) => {
    const result = evaluate(variables)
    if (isCelError(result)) throw new Error(serverText(result.message))
    return result
  }
  programs.set(source, program)
  return program
}

/** Whether a rule looks at what was there before. */
export function usesOldSelf(source: string): boolean {
  if (!source.includes("oldSelf")) return false
  const tokens = tokensOf(source)
  return tokens.some((token, index) => token === "oldSelf" && ![".", ".?"].includes(tokens[index - 1] ?? ""))
}

const serverTexts: readonly [RegExp, string][] = [
  [/^field not found: /, "no such key: "],
  [/^index (-?\d+) out of bounds.*$/, "index out of bounds: $1"],
  [/^u?int (divide|modulus) by zero$/, "$1 by zero"],
  [/^divide by/, "division by"],
  [/^u?int overflow.*$/, "integer overflow"],
  [/^Failed to parse duration.*$/s, "type conversion error from 'string' to 'google.protobuf.Duration'"],
  [/^Failed to parse timestamp.*$/s, "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
  [/^(found no matching overload|type mismatch).*$/, "no such overload"],
]

const serverText = (text: string): string =>
  serverTexts.reduce((said, [pattern, words]) => said.replace(pattern, words), text)
