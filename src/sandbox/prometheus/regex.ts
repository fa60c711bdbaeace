/** A regular expression nobody can read; the message is the one of Prometheus. */
export class BadRegex extends Error {
  override readonly name = "BadRegex"
}

/** The expression of RE2, anchored at both ends, with a dot that takes any character, as everywhere in Prometheus. */
export function wholeMatch(pattern: string): RegExp {
  const { source, flags } = translated(pattern)
  try {
    return new RegExp(`^(?:${source})$`, flags)
  } catch (error) {
    throw new BadRegex(`error parsing regexp: ${problem(pattern, error as Error)}`, { cause: error })
  }
}

const classes: Record<string, string> = {
  alnum: "0-9A-Za-z",
  alpha: "A-Za-z",
  ascii: "\\x00-\\x7f",
  blank: "\\t ",
  cntrl: "\\x00-\\x1f\\x7f",
  digit: "0-9",
  graph: "!-~",
  lower: "a-z",
  print: " -~",
  punct: "!-\\/:-@\\[-`\\{-~",
  space: "\\t\\n\\v\\f\\r ",
  upper: "A-Z",
  word: "0-9A-Za-z_",
  xdigit: "0-9A-Fa-f",
}

const piece = new RegExp(
  [
    /\\Q(?<literal>[^]*?)(?:\\E|$)/,
    /\\(?<property>[pP])(?<letter>[A-Z])/,
    /\\(?<set>[dDwWsS])(?<dash>-?)/,
    /\\(?<escape>x\{[\da-fA-F]+\}|x[\da-fA-F]{2}|[pP]\{\^?\w+\}|[^])/,
    /\[:(?<posix>\^?\w+):\]/,
    /(?<count>\{\d+(?:,\d*)?\})/,
    /\(\?P<(?<group>\w+)>/,
    /(?<open>\[\^?\]?)/,
    /[^]/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "g",
)

/** The few spellings of RE2 that JavaScript does not know. Scoped flags are left as they are: newer Node versions take them. */
function translated(pattern: string): { source: string; flags: string } {
  const [flags = "", inline = ""] = /^\(\?([imsU]+)\)/.exec(pattern) ?? []
  let inClass = false
  const source = pattern.slice(flags.length).replace(piece, (text: string, ...rest: unknown[]) => {
    const { literal, property, letter, set, dash, escape, posix, count, group, open } = rest.at(-1) as Groups
    if (literal !== undefined) return literal.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&")
    if (property) return `\\${property}{${letter}}`
    if (set) return (/s/i.test(set) ? space(set, inClass) : `\\${set}`) + (inClass && dash ? "\\-" : (dash ?? ""))
    if (escape !== undefined) return escaped(escape, inClass)
    if (posix && inClass) return named(posix)
    if (count) return text
    if (group) return `(?<${group}>`
    if (open && !inClass) {
      inClass = true
      return text.replace("]", "\\]")
    }
    if (inClass) {
      inClass = text !== "]"
      return text.replace(/^\[/, "\\[")
    }
    return /[\]{}]/.test(text) ? `\\${text}` : text
  })
  return { source, flags: inline.includes("i") ? "siu" : "su" }
}

function named(posix: string): string {
  if (!Object.hasOwn(classes, posix))
    throw new BadRegex(`error parsing regexp: invalid character class range: \`[:${posix}:]\``)
  return classes[posix]!
}

type Groups = Record<string, string | undefined>

function escaped(escape: string, inClass: boolean): string {
  if (escape === "z") return "$"
  if (escape === "A") return "^"
  if (escape === "a") return "\\x07"
  if (escape.startsWith("x{")) return `\\u${escape.slice(1)}`
  if (/^[bBfnrtvpPx\\^$.*+?()[\]{}|/]/.test(escape) || (inClass && escape === "-")) return `\\${escape}`
  if (/^[\da-zA-Z]/.test(escape)) throw new BadRegex(`error parsing regexp: invalid escape sequence: \`\\${escape}\``)
  return escape
}

/** Fewer characters than JavaScript's. */
function space(set: string, inClass: boolean): string {
  if (inClass) return set === "s" ? "\\t\\n\\f\\r " : "\\S"
  return set === "s" ? "[\\t\\n\\f\\r ]" : "[^\\t\\n\\f\\r ]"
}

function problem(pattern: string, { message }: Error): string {
  if (/nterminated group/.test(message)) return `missing closing ): \`${pattern}\``
  if (/nmatched '\)'/.test(message)) return `unexpected ): \`${pattern}\``
  if (/nterminated character class/.test(message))
    return `missing closing ]: \`${pattern.slice(pattern.lastIndexOf("["))}\``
  if (/othing to repeat/.test(message)) return `missing argument to repetition operator: \`${repetition(pattern)}\``
  if (/order in character class/.test(message)) return `invalid character class range: \`${pattern}\``
  return `${message.replace(/^Invalid regular expression: .*\/[a-z]*: /, "").toLowerCase()}: \`${pattern}\``
}

const repetition = (pattern: string): string => /(?:^|[(|])([*+?])/.exec(pattern)?.[1] ?? pattern
