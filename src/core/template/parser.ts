import { goQuote } from "#core/text/go-quote.ts"
import { cursorOver } from "./cursor.ts"
import { lex, type Token, type TokenKind, tokenText } from "./lexer.ts"
import { numberOf, unquote } from "./literals.ts"
import {
  type Branch,
  type Command,
  type Inclusion,
  type List,
  type Operand,
  type Pipe,
  sourceOf,
  type Statement,
  type Variable,
} from "./nodes.ts"
import { MAIN } from "./run.ts"

const DEEPEST = 500

/** One template body while it is read. */
interface Body {
  variables: string[]
  ranges: number
  actionLine: number
}

/** `{{end}}` and `{{else}}` finish a list and are no part of it. */
interface Finish {
  kind: "end" | "else"
  at: number
}

const isFinish = (found: Statement | Finish): found is Finish => found.kind === "end" || found.kind === "else"

const operandKinds: readonly TokenKind[] = [
  "bool",
  "rune",
  "number",
  "function",
  "field",
  "variable",
  "string",
  "rawString",
  "leftParen",
]

/** Reads a template and those it defines, by name. Throws an Error with Go's text. */
export function parse(source: string, isFunction: (name: string) => boolean): Map<string, List> {
  const templates = new Map<string, List>()
  const tokens = cursorOver(lex(source))
  const { peek, take, peekWord, takeWord } = tokens
  let depth = 0
  let body: Body = newBody()

  function fail(message: string): never {
    throw new Error(`template: ${MAIN}:${tokens.line()}: ${message}`)
  }

  function unexpected(token: Token, context: string): never {
    if (token.kind !== "error") fail(`unexpected ${tokenText(token)} in ${context}`)
    if (!body.actionLine || body.actionLine === token.line) fail(token.text)
    fail(`${token.text}${token.text.endsWith(" action") ? "" : " in action"} started at ${MAIN}:${body.actionLine}`)
  }

  function expect(kind: TokenKind, context: string): Token {
    const token = takeWord()
    return token.kind === kind ? token : unexpected(token, context)
  }

  const isKeyword = (token: Token, name: string): boolean => token.kind === "keyword" && token.text === name

  function deeper<T>(read: () => T, tooDeep: string): T {
    if (depth >= DEEPEST) fail(tooDeep)
    depth++
    const result = read()
    depth--
    return result
  }

  function add(name: string, list: List): void {
    const known = templates.get(name)
    if (!known || isBlank(known)) templates.set(name, list)
    else if (!isBlank(list)) fail(`template: multiple definition of template ${goQuote(name)}`)
  }

  function mainBody(): void {
    const list: List = { kind: "list", at: peek().at, nodes: [] }
    while (peek().kind !== "end") {
      if (definitionFollows()) continue
      const statement = textOrAction()
      if (isFinish(statement)) fail(`unexpected {{${statement.kind}}}`)
      list.nodes.push(statement)
    }
    add(MAIN, list)
  }

  function definitionFollows(): boolean {
    const start = tokens.place()
    if (take().kind !== "open" || !isKeyword(takeWord(), "define")) {
      tokens.back(start)
      return false
    }
    const context = "define clause"
    const name = templateName(takeWord(), context)
    expect("close", context)
    add(name, ownBody(context))
    return true
  }

  /** The body of a template defined inside this one, up to its end. */
  function ownBody(context: string): List {
    const outer = body
    body = newBody()
    const { list, finish } = statements()
    if (finish.kind !== "end") fail(`unexpected {{${finish.kind}}} in ${context}`)
    body = outer
    return list
  }

  function statements(): { list: List; finish: Finish } {
    const list: List = { kind: "list", at: peekWord().at, nodes: [] }
    while (peekWord().kind !== "end") {
      const statement = deeper(textOrAction, "max nesting depth exceeded")
      if (isFinish(statement)) return { list, finish: statement }
      list.nodes.push(statement)
    }
    fail("unexpected EOF")
  }

  function textOrAction(): Statement | Finish {
    const token = takeWord()
    if (token.kind === "text") return { kind: "text", at: token.at, text: token.text }
    if (token.kind !== "open") unexpected(token, "input")
    body.actionLine = token.line
    const result = action()
    body.actionLine = 0
    return result
  }

  function action(): Statement | Finish {
    const token = peekWord()
    if (token.kind === "keyword" && token.text in controls) {
      take()
      return controls[token.text as keyof typeof controls](token)
    }
    return { kind: "action", at: token.at, pipe: pipeline("command", "close") }
  }

  const controls = {
    if: (): Statement => branch("if"),
    with: (): Statement => branch("with"),
    range: (): Statement => branch("range"),
    block,
    template: inclusion,
    break: (token: Token): Statement => leaveRange("break", token),
    continue: (token: Token): Statement => leaveRange("continue", token),
    end: (): Finish => ({ kind: "end", at: expect("close", "end").at }),
    else: (): Finish => {
      const token = peekWord()
      const chained = isKeyword(token, "if") || isKeyword(token, "with")
      return { kind: "else", at: chained ? token.at : expect("close", "else").at }
    },
  }

  function leaveRange(kind: "break" | "continue", { at }: Token): Statement {
    const token = takeWord()
    if (token.kind !== "close") unexpected(token, `{{${kind}}}`)
    if (body.ranges === 0) fail(`{{${kind}}} outside {{range}}`)
    return { kind, at }
  }

  function branch(kind: Branch["kind"]): Branch {
    const outside = body.variables.length
    const pipe = pipeline(kind, "close")
    if (kind === "range") body.ranges++
    const { list, finish } = statements()
    if (kind === "range") body.ranges--
    const otherwise = finish.kind === "else" ? elseBranch(kind, finish) : undefined
    body.variables.length = outside
    return { kind, at: pipe.at, pipe, list, ...(otherwise ? { otherwise } : {}) }
  }

  /** `else if` and `else with` are a branch inside the else, sharing its end. */
  function elseBranch(kind: Branch["kind"], { at }: Finish): List {
    if (kind !== "range" && isKeyword(peek(), kind)) {
      take()
      return { kind: "list", at, nodes: [deeper(() => branch(kind), "max nesting depth exceeded")] }
    }
    const { list, finish } = statements()
    if (finish.kind !== "end") fail(`expected end; found {{${finish.kind}}}`)
    return list
  }

  function block(): Inclusion {
    const context = "block clause"
    const token = takeWord()
    const name = templateName(token, context)
    const pipe = pipeline(context, "close")
    add(name, ownBody(context))
    return { kind: "template", at: token.at, name, pipe }
  }

  function inclusion(): Inclusion {
    const context = "template clause"
    const token = takeWord()
    const name = templateName(token, context)
    if (peekWord().kind !== "close") return { kind: "template", at: token.at, name, pipe: pipeline(context, "close") }
    take()
    return { kind: "template", at: token.at, name }
  }

  function templateName(token: Token, context: string): string {
    if (token.kind !== "string" && token.kind !== "rawString") unexpected(token, context)
    return unquote(token.text) ?? fail("invalid syntax")
  }

  function pipeline(context: string, closedBy: "close" | "rightParen"): Pipe {
    const pipe: Pipe = { kind: "pipe", at: peekWord().at, declared: [], assigns: false, commands: [] }
    declarations(pipe, context)
    for (;;) {
      const token = peekWord()
      if (token.kind === closedBy) {
        take()
        checkPipeline(pipe, context)
        return pipe
      }
      const begins = operandKinds.includes(token.kind) || isKeyword(token, ".") || isKeyword(token, "nil")
      if (!begins) unexpected(take(), context)
      pipe.commands.push(command())
    }
  }

  function declarations(pipe: Pipe, context: string): void {
    while (peekWord().kind === "variable") {
      const start = tokens.place()
      const variable = take()
      const mark = peekWord()
      const comma = mark.kind === "char" && mark.text === ","
      if (!comma && mark.kind !== "assign" && mark.kind !== "declare") {
        tokens.back(start)
        return
      }
      take()
      pipe.declared.push(variableOf(variable))
      body.variables.push(variable.text)
      if (!comma) {
        pipe.assigns = mark.kind === "assign"
        return
      }
      if (context !== "range" || pipe.declared.length > 1) fail(`too many declarations in ${context}`)
      if (!["variable", "close", "rightParen"].includes(peekWord().kind)) fail("range can only initialize variables")
    }
  }

  function checkPipeline(pipe: Pipe, context: string): void {
    if (pipe.commands.length === 0) fail(`missing value for ${context}`)
    const stuck = pipe.commands.findIndex(({ operands }, index) => index > 0 && isConstant(operands[0]!))
    if (stuck > 0) fail(`non executable command in pipeline stage ${stuck + 1}`)
  }

  function command(): Command {
    const result: Command = { kind: "command", at: peekWord().at, operands: [] }
    for (;;) {
      peekWord()
      const found = operand()
      if (found) result.operands.push(found)
      const token = peek()
      if (token.kind === "close" || token.kind === "rightParen") break
      take()
      if (token.kind === "pipe") break
      if (token.kind !== "space") unexpected(token, "operand")
    }
    if (result.operands.length === 0) fail("empty command")
    return result
  }

  /** A term and the fields that follow without a blank. */
  function operand(): Operand | undefined {
    const found = term()
    if (!found || peek().kind !== "field") return found
    const { at } = peek()
    const names: string[] = []
    while (peek().kind === "field") names.push(take().text.slice(1))
    if (found.kind === "field" || found.kind === "variable") return { ...found, at, names: [...found.names, ...names] }
    if (isConstant(found)) fail(`unexpected . after term ${goQuote(sourceOf(found))}`)
    return { kind: "chain", at, of: found, names }
  }

  function term(): Operand | undefined {
    const token = peekWord()
    const { at, text } = token
    if (operandKinds.includes(token.kind) || isKeyword(token, ".") || isKeyword(token, "nil")) take()
    switch (token.kind) {
      case "function":
        return isFunction(text) ? { kind: "function", at, name: text } : fail(`function ${goQuote(text)} not defined`)
      case "keyword":
        return text === "." ? { kind: "dot", at } : text === "nil" ? { kind: "nil", at } : undefined
      case "variable":
        return body.variables.includes(text) ? variableOf(token) : fail(`undefined variable ${goQuote(text)}`)
      case "field":
        return { kind: "field", at, names: [text.slice(1)] }
      case "bool":
        return { kind: "bool", at, value: text === "true" }
      case "rune":
        return { kind: "number", at, source: text, value: runeOf(text) }
      case "number": {
        const number = numberOf(text)
        return "wrong" in number ? fail(number.wrong) : { kind: "number", at, source: text, value: number.value }
      }
      case "string":
      case "rawString":
        return { kind: "string", at, source: text, value: unquote(text) ?? fail("invalid syntax") }
      case "leftParen":
        return deeper(() => pipeline("parenthesized pipeline", "rightParen"), "max expression depth exceeded")
      default:
        return undefined
    }
  }

  function runeOf(text: string): bigint {
    const characters = Array.from(unquote(text) ?? fail("invalid syntax"))
    if (text === "''") fail("invalid syntax")
    if (characters.length !== 1) fail(`malformed character constant: ${text}`)
    return BigInt(characters[0]!.codePointAt(0)!)
  }

  mainBody()
  return templates
}

const newBody = (): Body => ({ variables: ["$"], ranges: 0, actionLine: 0 })

const variableOf = ({ at, text }: Token): Variable => ({ kind: "variable", at, names: [text] })

const isConstant = ({ kind }: Operand): boolean => ["bool", "dot", "nil", "number", "string"].includes(kind)

const isBlank = ({ nodes }: List): boolean => nodes.every((node) => node.kind === "text" && node.text.trim() === "")
