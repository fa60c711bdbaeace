import { isPrintable } from "#core/text/go-quote.ts"

const html: Record<string, string> = {
  "\0": "\ufffd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
}
const named: Record<string, string> = { "\\": "\\\\", "'": "\\'", '"': '\\"' }

// oxlint-disable-next-line no-control-regex -- the zero character is replaced
export const htmlEscaped = (text: string): string => text.replace(/[\0"'&<>]/g, (character) => html[character]!)

export const jsEscaped = (text: string): string =>
  text.replace(/[^ -~]|[\\'"<>&=]/gu, (character) => {
    if (named[character]) return named[character]
    const code = character.codePointAt(0)!
    if (code === 0x7f || (code > 0x7f && isPrintable(character))) return character
    return `\\u${code.toString(16).toUpperCase().padStart(4, "0")}`
  })

export const urlQueryEscaped = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll("%20", "+")
