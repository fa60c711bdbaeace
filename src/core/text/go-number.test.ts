import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { formatGoFloat, goFixed, goFloat, parseGoFloat } from "./go-number.ts"

describe("a number in an event", () => {
  it.each([
    [99, "99"],
    [99.5, "99.5"],
    [500, "500"],
    [0.1, "0.1"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.00001234, "1.234e-05"],
    [123456, "123456"],
    [999999, "999999"],
    [999999.5, "999999.5"],
    [1e6, "1e+06"],
    [1.5e6, "1.5e+06"],
    [1234567, "1.234567e+06"],
    [1234567.5, "1.2345675e+06"],
    [1e21, "1e+21"],
    [1e-7, "1e-07"],
    [1.7976931348623157e308, "1.7976931348623157e+308"],
    [5e-324, "5e-324"],
    [0, "0"],
    [-0, "-0"],
    [-12.5, "-12.5"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
    [NaN, "NaN"],
  ])("%d is written %s", (value, text) => expect(goFloat(value)).toBe(text))

  it.each([
    [98.689, 2, "98.69"],
    [100, 2, "100.00"],
    [0.125, 2, "0.12"],
    [0.375, 2, "0.38"],
    [1.005, 2, "1.00"],
    [2.5, 0, "2"],
    [0.004, 2, "0.00"],
    [0.006, 2, "0.01"],
    [-0.001, 2, "-0.00"],
    [9.999, 2, "10.00"],
    [1e21, 1, "1000000000000000000000.0"],
    [Infinity, 2, "+Inf"],
  ])("%d with %d decimals is written %s", (value, decimals, text) => expect(goFixed(value, decimals)).toBe(text))

  it.each([
    [12345.678, "e", 6, "1.234568e+04"],
    [0, "e", 2, "0.00e+00"],
    [0.00001, "e", 0, "1e-05"],
    [1234567, "g", 3, "1.23e+06"],
    [100000, "g", 10, "100000"],
    [1000000, "g", 8, "1000000"],
    [0.00012345, "g", 2, "0.00012"],
    [12.5, "e", undefined, "1.25e+01"],
    [12.5, "f", undefined, "12.5"],
  ] as const)("%d as %%%s with precision %s is written %s", (value, verb, precision, text) =>
    expect(formatGoFloat(value, verb, precision)).toBe(text),
  )
})

describe("a number in an answer", () => {
  it.each([
    ["1", 1],
    ["-1.5e-3", -0.0015],
    ["+2", 2],
    [".5", 0.5],
    ["5.", 5],
    ["Inf", Infinity],
    ["+inf", Infinity],
    ["-INF", -Infinity],
    ["Infinity", Infinity],
    ["nan", NaN],
    ["1e-400", 0],
    ["0x1p-2", 0.25],
    ["0X1.8P+1", 3],
    ["1_000", 1000],
    ["0x_1_0p1", 32],
  ])("%s is read", (text, value) => expect(parseGoFloat(text)).toBe(value))

  it.each(["", " ", " 1", "1 ", "abc", ".", "1e", "0x10", "0x.p1", "+nan", "1_", "_1", "1__0", "1e400", "1,5", "infi"])(
    "%j is no number",
    (text) => expect(parseGoFloat(text)).toBeUndefined(),
  )

  it("reads back whatever is written", () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(parseGoFloat(goFloat(value))).toBe(value)
      }),
    )
  })
})
