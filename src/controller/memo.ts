/** Keeps a result for as long as what it was made from is the very same. Most looks find most things unchanged. */
export type Memo = <T>(name: string, madeFrom: readonly unknown[], make: () => T) => T

export function createMemo(): Memo {
  const kept = new Map<string, { madeFrom: readonly unknown[]; result: unknown }>()
  return <T>(name: string, madeFrom: readonly unknown[], make: () => T): T => {
    const before = kept.get(name)
    const same =
      before?.madeFrom.length === madeFrom.length && madeFrom.every((one, index) => one === before.madeFrom[index])
    if (same) return before.result as T
    const result = make()
    kept.set(name, { madeFrom, result })
    return result
  }
}
