/** A number, or a percentage of something. */
export type Portion = number | string

export function portionOf(portion: Portion | undefined, whole: number, round: "up" | "down"): number {
  if (portion === undefined) return 0
  const percent = /^(\d+)%$/.exec(String(portion))?.[1]
  if (percent === undefined) return Number(portion) || 0
  const exact = (Number(percent) * whole) / 100
  return round === "up" ? Math.ceil(exact) : Math.floor(exact)
}
