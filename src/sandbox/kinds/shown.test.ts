import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { exampleOf, merged, recorded, resourceOf, storedExamples } from "./recorded.test-support.ts"
import { builtIn } from "./registry.ts"
import { apiVersionOf } from "../apiserver/resource.ts"

const rowOf = (object: KubeObject, at: string): unknown[] =>
  resourceOf(object).columns.map(({ cell }) => cell(object, Date.parse(at)) ?? null)

const columns = recorded<Record<string, unknown[][]>>("columns.json")

interface Shown {
  what: string
  of: string
  patch: unknown
  at: string
  cells: unknown[]
}

describe("what tables show", () => {
  for (const resource of builtIn()) {
    it(`the columns of ${resource.kind}`, () => {
      const shown = resource.columns.map(({ name, type, format = "", priority }) => [name, type, format, priority])
      expect(shown).toEqual(columns[`${apiVersionOf(resource)}/${resource.kind}`])
    })
  }

  for (const { what, stored, at, cells } of storedExamples) {
    it(`a row of ${what}`, () => {
      expect(rowOf(merged(stored, { metadata: { creationTimestamp: at } }), at)).toEqual(cells)
    })
  }

  for (const { what, of, patch, at, cells } of recorded<Shown[]>("shown.json")) {
    it(`a row of ${of} in another state: ${what}`, () => {
      expect(rowOf(merged(exampleOf(of).stored, patch), at)).toEqual(cells)
    })
  }
})
