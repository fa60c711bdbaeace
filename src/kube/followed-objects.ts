import { refOf, type KubeObject, type Metadata, type ObjectRef } from "#api/objects.ts"
import { deletedByUs, ended, exists, missing, notServed, type KnownObject } from "./known-object.ts"
import type { Collection } from "./list-watch.ts"

export type ChangeType = "added" | "modified" | "deleted"

/** Who is told what. Must not throw. */
export interface Listeners {
  /** Every change of what is held; `own` says that we made it. */
  changed(type: ChangeType, object: KubeObject, own: boolean): void
  /** Something that these followers cannot know of yet. */
  wake(followers: Iterable<string>, ref: ObjectRef): void
}

/** An object that somebody follows, alone or among all of its kind. */
export interface FollowedObject extends KnownObject {
  readonly ref: ObjectRef
  readonly followers: Set<string>
}

/** Ends of objects that nobody follows by name are remembered for this many: answers to our own writes may still arrive. */
const REMEMBERED_ENDS = 1_000

/** The objects of one collection that somebody follows. Others leave no trace. */
export function createFollowedObjects(
  collection: Collection & { metadataOnly: boolean },
  { changed, wake }: Listeners,
) {
  const entries = new Map<string, FollowedObject>()
  const followersOfAll = new Set<string>()
  const endsNotFollowed = new Set<string>()

  const add = (ref: ObjectRef): FollowedObject => {
    const entry: FollowedObject = { ref, followers: new Set(), object: undefined, known: false, end: undefined }
    entries.set(placeOf(ref), entry)
    return entry
  }

  const entryOf = (object: KubeObject): FollowedObject | undefined => {
    const entry = entries.get(placeOf(object.metadata))
    if (entry || followersOfAll.size === 0) return entry
    return add({ ...refOf(object), apiVersion: collection.apiVersion, kind: collection.kind })
  }

  const wakeFollowers = (entry: FollowedObject): void => {
    const followers = new Set([...entry.followers, ...followersOfAll])
    if (followers.size > 0) wake(followers, entry.ref)
  }

  const takeIn = (object: KubeObject, how: "listed" | "event" | "answer" | "own"): FollowedObject | undefined => {
    const entry = entryOf(object)
    if (!entry) return undefined
    const { object: before, known } = entry
    if (!exists(entry, object)) return entry
    entry.object = asHeld(object, collection)
    changed(before ? "modified" : "added", entry.object, how === "own")
    // Who waits for the first knowledge need not be woken for it.
    if (how === "event" || (how !== "own" && known)) wakeFollowers(entry)
    return entry
  }

  const lose = (entry: FollowedObject | undefined, tell: (known: KnownObject) => boolean, own = false): void => {
    const object = entry?.object
    if (!entry || !tell(entry) || !object) return
    if (entry.followers.size === 0) rememberEnd(placeOf(entry.ref))
    changed("deleted", object, own)
    if (!own) wakeFollowers(entry)
  }

  const rememberEnd = (place: string): void => {
    endsNotFollowed.delete(place)
    endsNotFollowed.add(place)
    if (endsNotFollowed.size <= REMEMBERED_ENDS) return
    const [oldest = ""] = endsNotFollowed
    endsNotFollowed.delete(oldest)
    dropUnlessFollowed(oldest)
  }

  const dropUnlessFollowed = (place: string): void => {
    const entry = entries.get(place)
    const followed = entry && (entry.followers.size > 0 || (entry.object && followersOfAll.size > 0))
    if (!followed) entries.delete(place)
  }

  return {
    follow(ref: ObjectRef, follower: string): FollowedObject {
      const entry = entries.get(placeOf(ref)) ?? add(ref)
      entry.followers.add(follower)
      return entry
    },
    unfollow(ref: ObjectRef, follower: string): void {
      entries.get(placeOf(ref))?.followers.delete(follower)
      dropUnlessFollowed(placeOf(ref))
    },
    followAll: (follower: string): void => void followersOfAll.add(follower),
    unfollowAll(follower: string): void {
      followersOfAll.delete(follower)
      if (followersOfAll.size === 0) for (const place of entries.keys()) dropUnlessFollowed(place)
    },
    /** Whether the entry is still the one that counts: it may have been dropped, and followed anew. */
    has: (entry: FollowedObject): boolean => entries.get(placeOf(entry.ref)) === entry,
    get: (ref: ObjectRef): KubeObject | undefined => entries.get(placeOf(ref))?.object,
    all: (): KubeObject[] => [...entries.values()].flatMap(({ object }) => object ?? []),
    isFollowed: (): boolean => entries.size > 0 || followersOfAll.size > 0,
    areAllFollowed: (): boolean => followersOfAll.size > 0,

    takeIn,
    /** Takes in a whole list; what it lacks is gone. */
    listed(objects: KubeObject[], version: string): void {
      const present = new Set(objects.map((object) => takeIn(object, "listed")))
      for (const entry of entries.values()) if (!present.has(entry)) lose(entry, (known) => missing(known, version))
    },
    deleted: (object: KubeObject): void => lose(entries.get(placeOf(object.metadata)), (known) => ended(known, object)),
    deletedByUs: (ref: ObjectRef): void => lose(entries.get(placeOf(ref)), deletedByUs, true),
    notServed(): void {
      for (const entry of entries.values()) lose(entry, notServed)
    },
    wakeAll(): void {
      for (const entry of entries.values()) wakeFollowers(entry)
    },
  }
}

const placeOf = ({ namespace, name }: Pick<Metadata, "namespace" | "name">): string => `${namespace ?? ""}/${name}`

/** Typed kinds come without apiVersion and kind in lists, and as PartialObjectMetadata when only that was asked for. */
function asHeld(
  object: KubeObject,
  { apiVersion, kind, metadataOnly }: Collection & { metadataOnly: boolean },
): KubeObject {
  const { managedFields: _, ...metadata } = object.metadata as Metadata & { managedFields?: unknown }
  return metadataOnly ? { apiVersion, kind, metadata } : { ...object, apiVersion, kind, metadata }
}
