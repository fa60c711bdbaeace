export type Path = readonly Step[]

export type Step =
  | { kind: "field"; name: string }
  /** Every item or field. */
  | { kind: "all" }
  /** What is there, and all that is inside of it. */
  | { kind: "everything" }
  | { kind: "slice"; start?: number; end?: number; step: number; isSingle: boolean }
  | { kind: "union"; paths: readonly Path[] }
  | { kind: "filter"; left: Path; operator: string; right: Path }
  | { kind: "literal"; value: string | number | boolean }
  | { kind: "unknown"; word: string }

/** With or without the braces of a template. Throws when it is malformed. */
export function parsePath(source: string): Path {
  const text = /^\{.*\}$/s.test(source) ? source.slice(1, -1) : source
  const steps: Step[] = []
  let at = 0
  while (at < text.length) {
    const rest = text.slice(at)
    const { length, found } = read(rest, steps.at(-1))
    steps.push(...found)
    at += length
  }
  return steps
}

interface Reading {
  length: number
  found: Step[]
}

const WORD = /^(?:\\.|[^\s.,[\]$@{}\\])*/s

function read(text: string, last: Step | undefined): Reading {
  const first = text[0]!
  if (/^[ @$]/.test(text)) return { length: 1, found: [] }
  if (text.startsWith("[?(")) return readFilter(text)
  if (text.startsWith("..")) return readEverything(text, last)
  if (first === ".") return readField(text.slice(1), 1)
  if (first === "[") return readIndex(text)
  if (first === '"' || first === "'") return readText(text)
  if (/^[-+\d]/.test(text)) return readNumber(text)
  if (/^[\p{L}_]/u.test(text)) return readWord(text)
  throw new Error(`unrecognized character in action: ${first}`)
}

function readField(text: string, skipped: number): Reading {
  const word = WORD.exec(text)![0]
  const step: Step = word === "*" ? { kind: "all" } : { kind: "field", name: word.replaceAll("\\", "") }
  return { length: skipped + word.length, found: [step] }
}

function readEverything(text: string, last: Step | undefined): Reading {
  if (last?.kind === "everything") throw new Error("invalid multiple recursive descent")
  const everything: Step = { kind: "everything" }
  if (!/^\.\.[\p{L}\d_]/u.test(text)) return { length: 2, found: [everything] }
  const { length, found } = readField(text.slice(2), 2)
  return { length, found: [everything, ...found] }
}

function readIndex(text: string): Reading {
  const end = text.indexOf("]")
  if (end < 0 || text.slice(0, end).includes("\n")) throw new Error("unterminated array")
  const inside = text.slice(1, end)
  return { length: end + 1, found: indexSteps(inside) }
}

function indexSteps(inside: string): Step[] {
  const parts = inside.split(",")
  if (parts.length > 1) {
    return [{ kind: "union", paths: parts.map((part) => indexSteps(part.replaceAll(/^ +| +$/g, ""))) }]
  }
  const key = /^'([^']*)'$/.exec(inside)
  if (key) return [...parsePath(`.${key[1]}`)]
  if (inside === "*") return [slice(":")]
  return [slice(inside)]
}

function slice(text: string): Step {
  const [, start = "", end, step] = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(text) ?? []
  if (!/^(-?\d*)(:-?\d*)?(:-?\d*)?$/.test(text)) throw new Error(`invalid array index ${text}`)
  const from = numberFrom(start)
  const isSingle = end === undefined
  const every = numberFrom(step?.slice(1) ?? "")
  if (every !== undefined && every <= 0) throw new Error("step must be > 0")
  return {
    kind: "slice",
    start: from,
    end: isSingle ? (from ?? 0) + 1 : numberFrom(end.slice(1)),
    step: every ?? 1,
    isSingle,
  }
}

function numberFrom(text: string): number | undefined {
  if (text === "") return undefined
  if (!/\d/.test(text)) throw new Error(`array index ${text} is not a number`)
  return Number(text)
}

const FILTER = /^\[\?\(((?:[^"'()\n]|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\([^)\n]*\))*)\)\]/s

function readFilter(text: string): Reading {
  const found = FILTER.exec(text)
  if (!found) throw new Error("unterminated filter")
  const inside = found[1]!
  const parts = /^([^!<>=]+)([!<>=]+)(.+?)$/s.exec(inside)
  const step: Step = parts
    ? { kind: "filter", left: parsePath(parts[1]!), operator: parts[2]!, right: parsePath(parts[3]!) }
    : { kind: "filter", left: parsePath(inside), operator: "exists", right: [] }
  return { length: found[0].length, found: [step] }
}

function readText(text: string): Reading {
  const found = /^"((?:\\.|[^"\\\n])*)"|^'((?:\\.|[^'\\\n])*)'/s.exec(text)
  if (!found) throw new Error("unterminated quoted string")
  const value = (found[1] ?? found[2]!).replaceAll(/\\(.)/gs, "$1")
  return { length: found[0].length, found: [{ kind: "literal", value }] }
}

function readNumber(text: string): Reading {
  const word = /^[-+]?[\d.]*/.exec(text)![0]
  const value = Number(word)
  if (Number.isNaN(value) || word === "") throw new Error(`cannot parse number ${word}`)
  return { length: word.length, found: [{ kind: "literal", value }] }
}

function readWord(text: string): Reading {
  const word = WORD.exec(text)![0]
  const isBoolean = word === "true" || word === "false"
  return {
    length: word.length,
    found: [isBoolean ? { kind: "literal", value: word === "true" } : { kind: "unknown", word }],
  }
}
