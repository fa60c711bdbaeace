import { union } from "./field-set.ts"
import { compared, idOf, type Manager, type Managers, secondsOf } from "./managers.ts"

const MOST_UPDATERS = 10
const BUCKET = "ancient-changes"

/** Of those who only update there are at most ten: the oldest are thrown together, version by version. */
export function capped(managers: Managers): Managers {
  const updaters = [...managers].filter(([, { operation }]) => operation === "Update")
  let excess = updaters.length - MOST_UPDATERS
  if (excess <= 0) return managers
  const result = new Map(managers)
  const firsts = new Map<string, string>()
  for (const [id, updater] of updaters.toSorted(byTimeAndId)) {
    if (excess === 0) break
    const { apiVersion, fields, time } = updater
    const first = firsts.get(apiVersion)
    if (first === undefined) {
      firsts.set(apiVersion, id)
      continue
    }
    const bucket: Omit<Manager, "fields"> = { manager: BUCKET, operation: "Update", apiVersion }
    const bucketId = idOf(bucket)
    const before = result.get(bucketId) ?? result.get(first)!
    if (!result.has(bucketId)) result.delete(first)
    result.delete(id)
    result.set(bucketId, { ...bucket, ...(time ? { time } : {}), fields: union(before.fields, fields) })
    excess--
  }
  return result
}

const byTimeAndId = ([id, one]: [string, Manager], [otherId, other]: [string, Manager]): number =>
  secondsOf(one) - secondsOf(other) || compared(id, otherId)
