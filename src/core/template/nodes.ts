import { goQuote } from "#core/text/go-quote.ts"

interface At {
  /** Place in the source. */
  at: number
}

export type Operand =
  | (At & { kind: "function"; name: string })
  | (At & { kind: "field"; names: string[] })
  | Variable
  | (At & { kind: "chain"; of: Operand; names: string[] })
  | (At & { kind: "dot" })
  | (At & { kind: "nil" })
  | (At & { kind: "bool"; value: boolean })
  /** An undefined value does not fit into 64 bits. */
  | (At & { kind: "number"; source: string; value: bigint | number | undefined })
  | (At & { kind: "string"; source: string; value: string })
  | Pipe

/** `$name`, with the fields that follow. */
export type Variable = At & { kind: "variable"; names: string[] }
export type Command = At & { kind: "command"; operands: Operand[] }
export type Pipe = At & { kind: "pipe"; declared: Variable[]; assigns: boolean; commands: Command[] }
export type List = At & { kind: "list"; nodes: Statement[] }
export type Branch = At & { kind: "if" | "with" | "range"; pipe: Pipe; list: List; otherwise?: List }
export type Inclusion = At & { kind: "template"; name: string; pipe?: Pipe }

export type Statement =
  | (At & { kind: "text"; text: string })
  | (At & { kind: "action"; pipe: Pipe })
  | (At & { kind: "break" | "continue" })
  | Branch
  | Inclusion

export type Node = Statement | List | Command | Operand

/** A node as error messages show it. */
export function sourceOf(node: Node): string {
  switch (node.kind) {
    case "list":
      return node.nodes.map(sourceOf).join("")
    case "text":
      return node.text
    case "action":
      return `{{${sourceOf(node.pipe)}}}`
    case "break":
    case "continue":
      return `{{${node.kind}}}`
    case "if":
    case "with":
    case "range": {
      const otherwise = node.otherwise ? `{{else}}${sourceOf(node.otherwise)}` : ""
      return `{{${node.kind} ${sourceOf(node.pipe)}}}${sourceOf(node.list)}${otherwise}{{end}}`
    }
    case "template":
      return `{{template ${goQuote(node.name)}${node.pipe ? ` ${sourceOf(node.pipe)}` : ""}}}`
    case "pipe": {
      const declared = node.declared.map(sourceOf).join(", ")
      return (declared && `${declared} ${node.assigns ? "=" : ":="} `) + node.commands.map(sourceOf).join(" | ")
    }
    case "command":
      return node.operands.map(enclosed).join(" ")
    case "chain":
      return [enclosed(node.of), ...node.names].join(".")
    case "field":
      return ["", ...node.names].join(".")
    case "variable":
      return node.names.join(".")
    case "function":
      return node.name
    case "dot":
      return "."
    case "nil":
      return "nil"
    case "bool":
      return String(node.value)
    case "number":
    case "string":
      return node.source
  }
}

const enclosed = (operand: Operand): string => (operand.kind === "pipe" ? `(${sourceOf(operand)})` : sourceOf(operand))
