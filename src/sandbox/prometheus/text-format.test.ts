import { describe, expect, it } from "vitest"
import { createTextReader } from "./text-format.ts"

const read = (text: string) => createTextReader()(text)

describe("the text format", () => {
  it.each([
    ["a 1", { name: "a", labels: {}, value: 1 }],
    ["a{} 1", { name: "a", labels: {}, value: 1 }],
    ["a:b_c 1", { name: "a:b_c", labels: {}, value: 1 }],
    ['a{b="c"} 1.5e3', { name: "a", labels: { b: "c" }, value: 1500 }],
    ['a { b = "c" , d="e", }   2  ', { name: "a", labels: { b: "c", d: "e" }, value: 2 }],
    ['a{b="x\\"y\\\\z\\n"} 1', { name: "a", labels: { b: 'x"y\\z\n' }, value: 1 }],
    ['a{b="{c}, # d"} 1', { name: "a", labels: { b: "{c}, # d" }, value: 1 }],
    ['a{b="c"} 1 1700000000123', { name: "a", labels: { b: "c" }, value: 1, atMs: 1_700_000_000_123 }],
    ["a 1 -5", { name: "a", labels: {}, value: 1, atMs: -5 }],
    ['a_bucket{le="1"} 3 # {trace_id="x}y"} 0.5 1.2', { name: "a_bucket", labels: { le: "1" }, value: 3 }],
    ["a +Inf", { name: "a", labels: {}, value: Infinity }],
    ["a -Inf", { name: "a", labels: {}, value: -Infinity }],
    ["a NaN", { name: "a", labels: {}, value: NaN }],
    ['{"a.b", "c d"="e"} 1', { name: "a.b", labels: { "c d": "e" }, value: 1 }],
  ])("%s", (line, sample) => {
    expect(read(line)).toEqual([sample])
  })

  it("leaves out comments and empty lines, and ends lines as anybody does", () => {
    expect(read("# HELP a Words\r\n# TYPE a counter\r\n\r\na 1\r\n# EOF\r\n")).toEqual([
      { name: "a", labels: {}, value: 1 },
    ])
    expect(read("")).toEqual([])
  })

  it.each([
    "a",
    "a x",
    'a{b="c} 1',
    "a{b=c} 1",
    'a{b="c" 1',
    "{} 1",
    '{b="c"} 1',
    'a{__name__="b"} 1',
    "1a 1",
    "a 1 2 3",
  ])("is refused as a whole with the line %s", (line) => {
    expect(() => read(`good 1\n${line}\n`)).toThrow(`expected a sample, got "${line.replaceAll('"', '\\"')}"`)
  })

  it("writes the bounds of histograms and summaries in one way", () => {
    const text = `# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="1e6"} 1\nh_bucket{le="+Inf"} 1\nh_count{le="1"} 1
# TYPE s summary\ns{quantile="1"} 1\n# TYPE g gauge\ng{le="1",quantile="1"} 1`
    expect(read(text).map(({ labels }) => Object.values(labels))).toEqual([
      ["1.0"],
      ["1e+06"],
      ["+Inf"],
      ["1"],
      ["1.0"],
      ["1", "1"],
    ])
  })

  it("gives the same labels object for the same series in the next answer", () => {
    const next = createTextReader((labels) => ({ ...labels, pod: "x" }))
    const [first] = next('a{b="c"} 1\n')
    const [second] = next('a{b="c"} 2\n')
    expect(second).toEqual({ name: "a", labels: { b: "c", pod: "x" }, value: 2 })
    expect(second!.labels).toBe(first!.labels)
  })
})
