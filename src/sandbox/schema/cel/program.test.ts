import { describe, expect, it } from "vitest"
import { celValue } from "./values.ts"
import { trueExpressions } from "./expressions.test-examples.ts"
import { programOf, usesOldSelf } from "./program.ts"
import type { Schema } from "../schema.ts"

describe("expressions that kube-apiserver 1.36.3 finds true", () => {
  it.each(trueExpressions)("%s", (source) => {
    expect(programOf(source)({})).toBe(true)
  })
})

describe("values as rules see them", () => {
  const text: Schema = { type: "string" }
  const fields: Record<string, Schema> = {
    int: { type: "integer" },
    num: { type: "number" },
    either: { "x-kubernetes-int-or-string": true },
    at: { type: "string", format: "date-time" },
    day: { type: "string", format: "date" },
    took: { type: "string", format: "duration" },
    raw: { type: "string", format: "byte" },
    "odd-name": text,
    namespace: text,
    "a.b": text,
    x__y: text,
    map: { type: "object", additionalProperties: { type: "integer" } },
    none: { type: "string", nullable: true },
    pod: { type: "object", "x-kubernetes-embedded-resource": true, "x-kubernetes-preserve-unknown-fields": true },
  }
  const self = celValue(
    { type: "object", properties: fields },
    {
      int: 5,
      num: 2,
      either: 3,
      at: "2024-01-01T00:00:00.5Z",
      day: "2024-01-02",
      took: "1h30m",
      raw: "aGk=",
      "odd-name": "o",
      namespace: "n",
      "a.b": "ab",
      x__y: "u",
      map: { "odd-key": 1 },
      none: null,
      pod: { apiVersion: "v1", kind: "Pod", metadata: { name: "p", labels: { a: "b" } } },
    },
    false,
  )

  it.each([
    "type(self.int) == int && self.int / 2 == 2",
    "type(self.num) == double && self.num / 4.0 == 0.5",
    "type(self.either) == int",
    "self.at > timestamp('2024-01-01T00:00:00Z') && self.at < timestamp('2024-01-01T00:00:01Z')",
    "self.day == timestamp('2024-01-02T00:00:00Z')",
    "self.took == duration('90m')",
    "self.raw == b'hi'",
    "self.odd__dash__name == 'o' && self.__namespace__ == 'n' && self.a__dot__b == 'ab' && self.x__underscores__y == 'u'",
    "self.map['odd-key'] == 1 && self.map.all(key, value, key == 'odd-key' && value == 1)",
    "!has(self.none) && !has(self.map.zzz)",
    "self.pod.kind == 'Pod' && self.pod.metadata.name == 'p' && !has(self.pod.metadata.labels)",
    String.raw`self.?missing.orValue(r'\') == r'\' && 'o' in [self.odd__dash__name]`,
    "self.?missing.deeper.orValue('nothing') == 'nothing'",
  ])("%s", (source) => {
    expect(programOf(source)({ self })).toBe(true)
  })
})

describe("what cannot be evaluated", () => {
  it.each([
    ["{'a': 1}.b == 1", "no such key: b"],
    ["{'a': 1}['b'] == 1", "no such key: b"],
    ["[1][3] == 1", "index out of bounds: 3"],
    ["1 / 0 == 1", "division by zero"],
    ["1 % 0 == 1", "modulus by zero"],
    ["9223372036854775807 + 1 > 0", "integer overflow"],
    ["dyn(1) < 'a'", "no such overload"],
    ["quantity('1').isLessThan(dyn(ip('::1')))", "no such overload"],
    ["duration('x') > duration('1s')", "type conversion error from 'string' to 'google.protobuf.Duration'"],
    ["optional.none().value() == 1", "optional.none() dereference"],
    ["[].max() == 1", "max called on empty list"],
    ["quantity('x').isInteger()", "quantities must match the regular expression"],
    ["ip('1.2.3.04').family() == 4", 'IP Address "1.2.3.04" parse error during conversion from string'],
    ["url('a').getHost() == ''", 'URL parse error during conversion from string: parse "a": invalid URI for request'],
  ])("%s: %s", (source, text) => {
    expect(() => programOf(source)({})).toThrow(text)
  })

  it("is found before it takes forever", () => {
    const started = performance.now()
    expect(programOf(`'${"a".repeat(40)}!'.matches('^(a+)+$')`)({})).toBe(false)
    expect(performance.now() - started).toBeLessThan(1000)
  })
})

describe("usesOldSelf", () => {
  it.each([
    ["self.x == oldSelf.x", true],
    ["!oldSelf.?x.hasValue()", true],
    ["self.oldSelf == 1", false],
    ["self.x == 'oldSelf'", false],
    ["self.x == 1 // oldSelf", false],
  ])("%s: %s", (source, uses) => {
    expect(usesOldSelf(source)).toBe(uses)
  })
})
