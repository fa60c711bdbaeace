import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import originals from "../../test/fixtures/original-crds.json" with { type: "json" }
import { crdFiles } from "../../scripts/crd-files.ts"
import { crds } from "./crds.ts"
import type { JsonSchema } from "./schema.ts"

const root = join(import.meta.dirname, "../..")
const schemaOf = (crd: { spec: { versions: { schema: { openAPIV3Schema: unknown } }[] } }) =>
  crd.spec.versions[0]!.schema.openAPIV3Schema as JsonSchema

/** Where a resource that the original's schema accepts could be refused or cut by ours, or the other way round. */
function differences(theirs: JsonSchema, ours: JsonSchema | undefined, path: string): string[] {
  if (!ours) return [`${path} is missing`]
  const { properties = {}, required = [], items, additionalProperties, enum: allowed, ...rules } = theirs
  const { required: oursRequired = [], enum: oursAllowed } = ours
  return [
    ...[...new Set([...Object.keys(rules), ...Object.keys(ours).filter((key) => !structure.has(key))])]
      .filter(
        (key) => JSON.stringify(rules[key as keyof typeof rules]) !== JSON.stringify(ours[key as keyof JsonSchema]),
      )
      .map((key) => `${path} differs in ${key}`),
    // On a list `required` has no effect; the original has one there by mistake.
    ...(theirs.type === "array" || sameSet(required, oursRequired) ? [] : [`${path} differs in required`]),
    ...(allowed ?? []).filter((value) => !oursAllowed?.includes(value)).map((value) => `${path} refuses "${value}"`),
    ...(oursAllowed && !allowed ? [`${path} allows only some values`] : []),
    ...Object.entries(properties).flatMap(([key, inner]) =>
      differences(inner, ours.properties?.[key], path ? `${path}.${key}` : key),
    ),
    ...(items ? differences(items, ours.items, `${path}[]`) : []),
    ...(additionalProperties ? differences(additionalProperties, ours.additionalProperties, `${path}{}`) : []),
  ]
}
const sameSet = (some: readonly string[], others: readonly string[]) =>
  some.toSorted().join() === others.toSorted().join()
const structure = new Set(["description", "properties", "required", "items", "additionalProperties", "enum"])

describe("the CustomResourceDefinitions", () => {
  it("are of the original's three kinds", () => {
    expect(crds.map(({ metadata }) => metadata.name)).toEqual(originals.map(({ metadata }) => metadata.name))
  })

  describe.each(originals.map((original, index) => [original.spec.names.kind, original, crds[index]!] as const))(
    "%s",
    (kind, original, crd) => {
      it("accepts, requires and keeps what the original does", () => {
        // With both an address and a Secret an alert provider is served, as the original's own documentation has it.
        const known = kind === "AlertProvider" ? ["spec differs in oneOf", "spec differs in anyOf"] : []
        expect(differences(schemaOf(original), schemaOf(crd as never), "")).toEqual(known)
      })

      it("has the original's names, columns and subresources", () => {
        const [theirs, ours] = [original.spec.versions[0]!, crd.spec.versions[0]]
        expect(crd.spec.names).toEqual(original.spec.names)
        expect({ ...ours, schema: undefined }).toEqual({ ...theirs, schema: undefined })
        expect(crd.metadata).toEqual(original.metadata)
      })

      it("stands in deploy/crds as it is in the code (npm run build writes it)", () => {
        const path = `deploy/crds/${original.spec.names.plural}.yaml`
        expect(readFileSync(join(root, path), "utf8")).toBe(crdFiles().get(path))
      })
    },
  )

  it("are all there is in deploy/crds", () => {
    expect(
      readdirSync(join(root, "deploy/crds"))
        .map((name) => `deploy/crds/${name}`)
        .toSorted(),
    ).toEqual([...crdFiles().keys()].toSorted())
  })
})
