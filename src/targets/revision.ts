import { createHash } from "node:crypto"

/**
 * JSON that is the same text for every order of keys. A member without a value, or with null, does not count:
 * Kubernetes takes both for absent, and API servers differ in writing `creationTimestamp: null`.
 */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  if (typeof value !== "object" || value === null) return JSON.stringify(value ?? null)
  const members = Object.entries(value).filter(([, inner]) => inner !== undefined && inner !== null)
  const sorted = members.toSorted(([a], [b]) => (a < b ? -1 : 1))
  return `{${sorted.map(([key, inner]) => `${JSON.stringify(key)}:${canonicalJson(inner)}`).join(",")}}`
}

const known = new WeakMap<object, string>()

/** 16 hexadecimal digits that identify a pod template. They are remembered, so the object must not change afterwards. */
export function revisionOf(template: object): string {
  const remembered = known.get(template)
  if (remembered) return remembered
  const revision = createHash("sha256").update(canonicalJson(template)).digest("hex").slice(0, 16)
  known.set(template, revision)
  return revision
}
