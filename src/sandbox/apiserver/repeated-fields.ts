/** Fields that stand twice in one object of a JSON text, of which a parser keeps only the last. The text must be JSON. */
export function repeatedFields(text: string): string[] {
  const repeated: string[] = []
  let at = 0

  function space(): void {
    while (text.charCodeAt(at) <= 32) at++
  }

  function word(): string {
    const from = at++
    while (text[at] !== '"') at += text[at] === "\\" ? 2 : 1
    at++
    return text.slice(from, at)
  }

  function value(path: string): void {
    space()
    if (text[at] === "{") return object(path)
    if (text[at] === "[") return list(path)
    if (text[at] === '"') return void word()
    while (at < text.length && !/[,}\]\s]/.test(text[at]!)) at++
  }

  function object(path: string): void {
    const seen = new Set<string>()
    at++
    for (space(); text[at] !== "}"; space()) {
      if (text[at] === ",") {
        at++
        continue
      }
      const key = JSON.parse(word()) as string
      const field = path ? `${path}.${key}` : key
      if (seen.has(key)) repeated.push(field)
      seen.add(key)
      space()
      at++
      value(field)
    }
    at++
  }

  function list(path: string): void {
    at++
    let index = 0
    for (space(); text[at] !== "]"; space()) {
      if (text[at] === ",") at++
      else value(`${path}[${index++}]`)
    }
    at++
  }

  value("")
  return [...new Set(repeated)]
}
