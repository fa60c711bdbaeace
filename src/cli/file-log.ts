import { appendFileSync } from "node:fs"

/** What is not for the screen, line by line in a file. */
export interface FileLog {
  write(text: string, error?: unknown): void
  line(text: string): void
}

export function createFileLog(path: string): FileLog {
  const line = (text: string) => appendFileSync(path, text.endsWith("\n") ? text : `${text}\n`)
  return {
    line,
    write: (text, error) => {
      const why = error instanceof Error ? (error.stack ?? error.message) : error
      line(`${new Date().toISOString()} ${text}${why === undefined ? "" : `: ${String(why)}`}`)
    },
  }
}
