/** Prints lines, and below them, on a terminal, a picture that is drawn anew. */
export interface Printer {
  line(text: string): void
  /** Ends with the last picture left as it is. */
  close(): void
}

export interface PrinterOptions {
  write(text: string): void
  isTerminal: boolean
  /** The lines of the picture, as it is at the moment. */
  picture(): readonly string[]
}

const EVERY_MS = 500
const hideCursor = "\u001b[?25l"
const showCursor = "\u001b[?25h"
const clearBelow = "\u001b[J"
const up = (lines: number): string => (lines > 0 ? `\u001b[${lines}A` : "")

export function createPrinter({ write, isTerminal, picture }: PrinterOptions): Printer {
  if (!isTerminal) return { line: (text) => write(`${text}\n`), close() {} }
  let drawn = 0

  function draw(above = ""): void {
    const lines = picture()
    write(`${up(drawn)}\r${clearBelow}${above}${lines.map((line) => `${line}\n`).join("")}`)
    drawn = lines.length
  }

  write(hideCursor)
  const timer = setInterval(() => draw(), EVERY_MS)
  return {
    line: (text) => draw(`${text}\n`),
    close() {
      clearInterval(timer)
      draw()
      write(showCursor)
    },
  }
}
