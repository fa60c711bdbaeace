import { expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { type Refusal, invalid } from "../apiserver/refusal.ts"
import { created, exampleOf, merged, recorded, resourceOf, updated } from "./recorded.test-support.ts"

interface Refused {
  of: string
  what: string
  isUpdate?: boolean
  patch: unknown
  /** Each with its field. */
  causes: string[]
}

for (const { of, what, isUpdate, patch, causes } of recorded<Refused[]>("refused.json")) {
  it(`${of} is refused in the server's words: ${isUpdate ? "changed, " : ""}${what}`, () => {
    const { given, stored } = exampleOf(of)
    const old = merged(stored, { metadata: { uid: stored.metadata.labels?.["controller-uid"] ?? "some-uid" } })
    const object = isUpdate ? updated(merged(old, patch), old) : created(merged(given, patch))
    expect(causesOf(object, isUpdate ? old : undefined)).toEqual(causes.toSorted())
  })
}

function causesOf(object: KubeObject, old: KubeObject | undefined): string[] {
  const resource = resourceOf(object)
  const refusal: Refusal = invalid(resource, object.metadata.name, resource.rules.problems!(object, old))
  return refusal.details!.causes!.map(({ field, message }) => `${field}: ${message}`).toSorted()
}
