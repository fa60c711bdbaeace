import { expect, it } from "vitest"
import { goQuote, goQuoteRune } from "./go-quote.ts"

it.each([
  ["plain", '"plain"'],
  ['a "b" \\ c', '"a \\"b\\" \\\\ c"'],
  ["it's", '"it\'s"'],
  ["line\nend\ttab", '"line\\nend\\ttab"'],
  ["\x00\x7f", '"\\x00\\x7f"'],
  ["é 世 😀", '"é 世 😀"'],
  ["\u200b\u00a0", '"\\u200b\\u00a0"'],
])("%j is quoted", (text, quoted) => expect(goQuote(text)).toBe(quoted))

it("escapes everything beyond ASCII on request", () => expect(goQuote("é😀", true)).toBe('"\\u00e9\\U0001f600"'))
it("escapes the mark that surrounds a character", () => expect(goQuoteRune("'")).toBe("'\\''"))
