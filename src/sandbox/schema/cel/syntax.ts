const quoted = String.raw`"""[^]*?"""|'''[^]*?'''|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'`
// In raw texts, a backslash is only that.
const raw = String.raw`"""[^]*?"""|'''[^]*?'''|"[^"]*"|'[^']*'`
const word = "[A-Za-z_][A-Za-z0-9_]*"
const token = new RegExp(
  String.raw`\s+|//[^\n]*|(?:[bB]?[rR][bB]?)(?:${raw})|[bB]?(?:${quoted})|${word}|\d[\w.]*|\.\?|\[\?|[^]`,
  "y",
)

const special =
  /\.\?|\[\?|\b(?:optMap|optFlatMap|sortBy|transformList|transformMap|transformMapEntry)\b|\.(?:all|exists|exists_one|existsOne)\s*\(\s*\w+\s*,\s*\w+\s*,/

const isWord = (text: string | undefined): text is string =>
  text !== undefined && /^[A-Za-z_]/.test(text) && !/["']$/.test(text)

/** Macros with two variables bind them one after the other, each as the only item of a list. */
const bound = (test: string, macro: "all" | "exists", [key, value]: readonly string[]): string =>
  `[pair__[0]].${macro}(${key}, [pair__[1]].${macro}(${value}, ${test}))`

const mapped = ([key, value]: readonly string[], result: string): string =>
  `map(pair__, [pair__[0]].map(${key}, [pair__[1]].map(${value}, ${result})[0])[0])`

const filtered = (variables: readonly string[], test: string): string =>
  `filter(pair__, ${bound(test, "exists", variables)})`

/** What stands for a macro of so many arguments, after the dot. */
const macros: Readonly<Record<string, (args: readonly string[]) => string>> = {
  optMap2: ([name, value]) => `asList().map(${name}, ${value}).asOptional()`,
  optFlatMap2: ([name, value]) => `asList().map(${name}, ${value}).flatMapped()`,
  sortBy2: ([name, key]) => `map(${name}, [${key}, ${name}]).sortedByKey()`,
  all3: (args) => `pairs().all(pair__, ${bound(args[2]!, "all", args)})`,
  exists3: (args) => `pairs().exists(pair__, ${bound(args[2]!, "exists", args)})`,
  exists_one3: (args) => `pairs().exists_one(pair__, ${bound(args[2]!, "exists", args)})`,
  existsOne3: (args) => `pairs().exists_one(pair__, ${bound(args[2]!, "exists", args)})`,
  transformList3: (args) => `pairs().${mapped(args, args[2]!)}`,
  transformList4: (args) => `pairs().${filtered(args, args[2]!)}.${mapped(args, args[3]!)}`,
  transformMap3: (args) => `pairs().${mapped(args, `[${args[0]}, ${args[2]}]`)}.fromPairs()`,
  transformMap4: (args) =>
    `pairs().${filtered(args, args[2]!)}.${mapped(args, `[${args[0]}, ${args[3]}]`)}.fromPairs()`,
  transformMapEntry3: (args) => `pairs().${mapped(args, args[2]!)}.merged()`,
  transformMapEntry4: (args) => `pairs().${filtered(args, args[2]!)}.${mapped(args, args[3]!)}.merged()`,
}

/**
 * Says in plain words what the parser does not know: fields and items that may be missing (`.?name`, `[?0]`), and the macros above.
 * Functions such as `within` and `pairs` are those of the library.
 */
export function inPlainSyntax(source: string): string {
  return special.test(source) ? plain(tokensOf(source)) : source
}

export function tokensOf(source: string): string[] {
  const tokens: string[] = []
  token.lastIndex = 0
  for (let found = token.exec(source); found; found = token.exec(source)) {
    if (!/^(?:\s+|\/\/.*)$/s.test(found[0])) tokens.push(found[0])
  }
  return tokens
}

function plain(tokens: readonly string[]): string {
  let text = ""
  // Whether what was last written may be missing, so that its fields may be missing too.
  let isOptional = false
  for (let at = 0; at < tokens.length; at++) {
    const word = tokens[at]!
    const next = tokens[at + 1]
    const isCall = tokens[at + 2] === "("
    if (word === ".?" && isWord(next)) {
      text += `.within(${JSON.stringify(next)})`
      isOptional = true
      at++
    } else if (word === "[?" || (word === "[" && isOptional)) {
      const end = closing(tokens, at)
      text += `.within(${plain(tokens.slice(at + 1, end))})`
      isOptional = true
      at = end
    } else if (word === "." && isWord(next) && isOptional && !isCall) {
      text += `.within(${JSON.stringify(next)})`
      at++
    } else if (word === "." && isWord(next) && isCall) {
      const end = closing(tokens, at + 2)
      const args = split(tokens.slice(at + 3, end)).map(plain)
      const macro = macros[`${next}${args.length}`]
      text += `.${macro ? macro(args) : `${next}(${args.join(", ")})`}`
      isOptional = false
      at = end
    } else {
      text += spaced(text, word)
      isOptional = false
    }
  }
  return text
}

const spaced = (before: string, word: string): string =>
  /[\w"')\]}]$/.test(before) && /^\w/.test(word) ? ` ${word}` : word

const openers = new Set(["(", "[", "{", "[?"])
const closers = new Set([")", "]", "}"])

/** Where the bracket is closed that is opened here. */
function closing(tokens: readonly string[], start: number): number {
  let depth = 0
  for (let at = start; at < tokens.length; at++) {
    if (openers.has(tokens[at]!)) depth++
    else if (closers.has(tokens[at]!) && --depth === 0) return at
  }
  return tokens.length
}

function split(tokens: readonly string[]): string[][] {
  if (tokens.length === 0) return []
  const parts: string[][] = [[]]
  let depth = 0
  for (const word of tokens) {
    if (openers.has(word)) depth++
    if (closers.has(word)) depth--
    if (word === "," && depth === 0) parts.push([])
    else parts.at(-1)!.push(word)
  }
  return parts
}
