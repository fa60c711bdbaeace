import { expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { created, resourceOf, storedExamples } from "./recorded.test-support.ts"

type Path = readonly string[]

const pathsIn = (value: unknown, path: Path = []): Path[] =>
  typeof value === "object" && value !== null
    ? Object.entries(value).flatMap(([key, inside]) => [[...path, key], ...pathsIn(inside, [...path, key])])
    : []

const identity = ["apiVersion", "kind", "metadata", "metadata.name"]

function withNothingAt(object: KubeObject, path: Path): KubeObject {
  const copy = structuredClone(object)
  const holder = path.slice(0, -1).reduce<any>((inside, key) => inside[key], copy)
  holder[path.at(-1)!] = null
  return copy
}

for (const { what, given, stored } of storedExamples) {
  it(`${what} without any one of its fields is stored or refused, and stays as it is`, () => {
    for (const path of pathsIn(given).filter((path) => !identity.includes(path.join(".")))) {
      const object = created(withNothingAt(given, path), stored)
      const { rules, columns } = resourceOf(object)
      const problems = rules.problems?.(object, undefined) ?? []
      if (problems.length === 0) for (const { cell } of columns) cell(object, 0)
      const again = structuredClone(object)
      rules.defaults?.(again)
      expect(again, path.join(".")).toEqual(object)
    }
  })
}
