import fc from "fast-check"
import { expect, it } from "vitest"
import { repeatedFields } from "./repeated-fields.ts"

it.each([
  ["{}", []],
  ['{"a":1,"a":2}', ["a"]],
  ['{"a":{"b":1,"c":[{"d":1,"d":[]}],"b":{}}}', ["a.c[0].d", "a.b"]],
  ['{"a":1,"a":2,"a":3}', ["a"]],
  ['{ "a" : "\\"a\\":{,}" , "b" : [ 1 , "x", true,null ] , "\\u0061" : -1.5e3 }', ["a"]],
  ['[{"a":1},{"a":1}]', []],
])("%s repeats %j", (text, fields) => expect(repeatedFields(text)).toEqual(fields))

it("what was written by a serializer repeats nothing", () => {
  fc.assert(fc.property(fc.json(), (text) => repeatedFields(text).length === 0))
})
