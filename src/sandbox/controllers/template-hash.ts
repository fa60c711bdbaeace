import { fnv1a32, safeEncode } from "#core/text/fnv.ts"

/** Names a pod template. Equal templates give equal texts, in whatever order their fields are. */
export const templateHash = (template: unknown, collisions = 0): string =>
  safeEncode(String(fnv1a32(canonical(template) + (collisions > 0 ? String(collisions) : ""))))

export const canonical = (value: unknown): string =>
  JSON.stringify(value, (_key, inner: unknown) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([one], [other]) => (one < other ? -1 : 1)))
      : inner,
  )
