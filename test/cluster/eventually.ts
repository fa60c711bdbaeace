const EVERY_MS = 100

/** What `look` gives once it gives something. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  { withinMs = 30_000 }: { withinMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found as NonNullable<Exclude<T, false>>
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000}s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}
