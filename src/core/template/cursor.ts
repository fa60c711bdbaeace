import type { Token } from "./lexer.ts"

/** A place among tokens. It stays at the last one, which is the end or an error. */
export interface Cursor {
  peek(): Token
  take(): Token
  /** The next token that is no space; the spaces before it are left behind. */
  peekWord(): Token
  takeWord(): Token
  place(): number
  back(place: number): void
  /** Line of the furthest token looked at: mistakes are told of it. */
  line(): number
}

export function cursorOver(tokens: readonly Token[]): Cursor {
  let next = 0
  let furthest = 0

  function peek(): Token {
    furthest = Math.max(furthest, next)
    return tokens[next]!
  }

  function take(): Token {
    const token = peek()
    if (next < tokens.length - 1) next++
    return token
  }

  function peekWord(): Token {
    while (peek().kind === "space") next++
    return peek()
  }

  function takeWord(): Token {
    peekWord()
    return take()
  }

  return {
    peek,
    take,
    peekWord,
    takeWord,
    place: () => next,
    back: (place) => {
      next = place
    },
    line: () => tokens[furthest]!.line,
  }
}
