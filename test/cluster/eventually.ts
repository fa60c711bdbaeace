const EVERY_MS = 100
/** Where time passes faster, the same work takes more of it. */
const PATIENCE_MS = process.env["FASTER"] ? 300_000 : 30_000

/** What `look` gives once it gives something. */
export async function eventually<T>(
  what: string,
  look: () => T | Promise<T>,
  { withinMs = PATIENCE_MS }: { withinMs?: number } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const end = performance.now() + withinMs
  for (;;) {
    const found = await look()
    if (found) return found as NonNullable<Exclude<T, false>>
    if (performance.now() > end) throw new Error(`not within ${withinMs / 1000}s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, EVERY_MS))
  }
}
