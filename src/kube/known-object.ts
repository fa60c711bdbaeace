import type { KubeObject } from "#api/objects.ts"

/** What is known of one object. Its news come on several ways at once (lists, events, answers), so they may be out of order. */
export interface KnownObject {
  object?: KubeObject
  /** False until something has told about it, be it only that it does not exist. */
  known: boolean
  /** How it ended, so that older news do not bring it back. */
  end?: End
}

interface End {
  resourceVersion?: string
  uid?: string
  /** False when we deleted it ourselves: finalizers may still keep it. */
  certain: boolean
}

/** Below, above or equal to zero, as for sorting; undefined when the two cannot be compared. */
export function compareVersions(a: string | undefined, b: string | undefined): number | undefined {
  if (a === undefined || b === undefined) return undefined
  if (a === b) return 0
  if (!isNumber(a) || !isNumber(b)) return undefined
  return BigInt(a) < BigInt(b) ? -1 : 1
}
const isNumber = (version: string): boolean => /^\d+$/.test(version)

const versionOf = (object: KubeObject | undefined): string | undefined => object?.metadata.resourceVersion

/** What arrives later counts as newer where versions do not tell. */
const isNewer = (a: string | undefined, b: string | undefined): boolean => (compareVersions(a, b) ?? 1) > 0
const isOlder = (a: string | undefined, b: string | undefined): boolean => (compareVersions(a, b) ?? 1) < 0

/** Takes in an object that was seen. True when that is news. */
export function exists(of: KnownObject, object: KubeObject): boolean {
  of.known = true
  if (of.end && isBefore(object, of.end)) return false
  if (of.object && !isNewer(versionOf(object), versionOf(of.object))) return false
  of.object = object
  of.end = undefined
  return true
}

function isBefore(object: KubeObject, end: End): boolean {
  const { uid, resourceVersion, deletionTimestamp } = object.metadata
  if (uid !== undefined && uid === end.uid && (end.certain || !deletionTimestamp)) return true
  return !isNewer(resourceVersion, end.resourceVersion)
}

/** Takes in that an object was deleted, as the watch says. True when that is news. */
export function ended(of: KnownObject, last: KubeObject): boolean {
  const recreated = of.object && isOlder(versionOf(last), versionOf(of.object))
  return !recreated && end(of, { resourceVersion: versionOf(last), uid: last.metadata.uid, certain: true })
}

/** Takes in that a list of this version does not have it. True when that is news. */
export function missing(of: KnownObject, listVersion: string): boolean {
  const createdSince = of.object && isOlder(listVersion, versionOf(of.object))
  return (
    !createdSince &&
    end(of, { resourceVersion: listVersion, uid: of.object?.metadata.uid ?? of.end?.uid, certain: true })
  )
}

/** Takes in that we deleted it ourselves. True when that is news. */
export function deletedByUs(of: KnownObject): boolean {
  if (of.object?.metadata.finalizers?.length) return false
  if (!of.object) return end(of, of.end ?? { certain: false })
  return end(of, { resourceVersion: versionOf(of.object), uid: of.object.metadata.uid, certain: false })
}

/** Takes in that its kind is not served. That is no end: it may be back unchanged. True when that is news. */
export function notServed(of: KnownObject): boolean {
  const existed = of.object !== undefined
  of.object = undefined
  of.known = false
  return existed
}

function end(of: KnownObject, how: End): boolean {
  const existed = of.object !== undefined
  of.known = true
  of.object = undefined
  if (!of.end || !isOlder(how.resourceVersion, of.end.resourceVersion)) of.end = how
  return existed
}
