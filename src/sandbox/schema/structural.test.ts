import { readdirSync, readFileSync } from "node:fs"
import { load } from "js-yaml"
import { describe, expect, it } from "vitest"
import type { Schema } from "./schema.ts"
import { shown } from "./shown.test-support.ts"
import recorded from "./structural.test-examples.json" with { type: "json" }
import { schemaProblems } from "./structural.ts"

const texts = (schema: unknown): string[] => schemaProblems(schema, "schema").map(shown).toSorted()

type Example = readonly [about: Readonly<Record<string, unknown>>, ...problems: string[]]

describe("what is wrong with a schema, as kube-apiserver 1.36.3 says it", () => {
  const examples = (recorded.schemas as unknown as Example[]).map(
    ([schema, ...problems]) => [problems[0] ?? `nothing with ${JSON.stringify(schema)}`, schema, problems] as const,
  )

  it.each(examples)("%s", (_, schema, problems) => {
    expect(texts(schema)).toEqual(problems.toSorted())
  })
})

describe("what is wrong with a rule, as kube-apiserver 1.36.3 says it", () => {
  const schemaWith = (rule: unknown) => ({
    type: "object",
    properties: { spec: { type: "object", properties: recorded.fields, "x-kubernetes-validations": [rule] } },
  })
  const examples = (recorded.rules as unknown as Example[]).map(
    ([rule, ...problems]) => [JSON.stringify(rule), rule, problems] as const,
  )

  it.each(examples)("%s", (_, rule, problems) => {
    expect(texts(schemaWith(rule))).toEqual(problems.toSorted())
  })

  it("does not look at rules of a schema that is not structural", () => {
    const schema = schemaWith({ rule: "self.nope" })
    expect(texts({ ...schema, additionalProperties: { type: "string" } })).not.toContainEqual(
      expect.stringContaining("undefined field"),
    )
  })
})

describe("a schema that is none", () => {
  it.each([undefined, null, "text", []])("%j", (raw) => {
    expect(texts(raw)).toEqual(["schema: Required value"])
  })
})

describe("our own definitions", () => {
  const folder = new URL("../../../deploy/crds/", import.meta.url)
  it.each(readdirSync(folder))("%s is structural", (file) => {
    const crd = load(readFileSync(new URL(file, folder), "utf8")) as {
      spec: { versions: { schema: { openAPIV3Schema: Schema } }[] }
    }
    for (const { schema } of crd.spec.versions) expect(texts(schema.openAPIV3Schema)).toEqual([])
  })
})
