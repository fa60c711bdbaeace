import type { SyntaxNode } from "@lezer/common"
import { type Expression, problemAt } from "./expression.ts"

/** A query while its tree is being read. */
export interface Source {
  readonly query: string
  text(node: SyntaxNode): string
  read(node: SyntaxNode): Expression
}

export type Reader = (node: SyntaxNode, source: Source) => Expression

export const place = ({ from, to }: SyntaxNode) => ({ from, to })

export function children(node: SyntaxNode): SyntaxNode[] {
  const found: SyntaxNode[] = []
  for (let child = node.firstChild; child; child = child.nextSibling)
    if (child.name !== "LineComment") found.push(child)
  return found
}

export const first = (node: SyntaxNode): SyntaxNode => children(node)[0]!

export function refuse({ query }: Source, { from }: { from: number }, text: string): never {
  throw problemAt(query, from, text)
}
