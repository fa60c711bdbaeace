/** A Markdown table; cells are Markdown themselves. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`
}

export const code = (text: string): string => `\`${text}\``
export const madeFrom = (source: string): string => `<!-- Made from ${source} by npm run build. -->\n`
