import { describe, expect, it } from "vitest"
import { render, TemplateError } from "./render.ts"

const functions = { target: "podinfo", interval: "1m", variables: { a: "1", "b-c": "2", q: 'x"y' } }
const filled = (template: string) => render(template, functions)

describe("a query template", () => {
  it.each([
    ["{{ variables.a }}", "1"],
    ['{{ index variables "b-c" }}', "2"],
    ['{{ index variables "zz" }}', ""],
    ["{{ . }}", "<no value>"],
    ["{{ variables }}", 'map[a:1 b-c:2 q:x"y]'],
    ["{{ range $k,$v := variables }}{{ $k }}={{ $v }},{{ end }}", 'a=1,b-c=2,q=x"y,'],
    ["{{ variables.q }}", 'x"y'],
    ['legend {{ "{{" }} pod }}', "legend {{ pod }}"],
    ["", ""],
    ["sum(x[{{interval}}])", "sum(x[1m])"],
    ["a\n  {{- if eq target `podinfo` }} b {{ else }} c {{ end -}}\n  d", "a b d"],
    ['{{ $pod := printf "%s-%.1f" target 2.25 }}{{ $pod }}', "podinfo-2.2"],
    ['{{ define "t" }}<{{ . }}>{{ end }}{{ template "t" target }}', "<podinfo>"],
    ["{{ range 5 }}{{ if eq . 1 }}{{ continue }}{{ else if gt . 3 }}{{ break }}{{ end }}{{ . }}{{ end }}", "023"],
    ["{{/* nothing */ -}}  x", "x"],
  ])("%j gives %j", (template, text) => expect(filled(template)).toBe(text))

  it.each([
    [
      "{{ variables.zz }}",
      'template excution failed: template: tmpl:1:3: executing "tmpl" at <variables>: map has no entry for key "zz"',
    ],
    ["{{ if variables.zz }}{{ end }}", 'map has no entry for key "zz"'],
    ["{{ with variables.zz }}{{ end }}", 'map has no entry for key "zz"'],
    ["{{ nope }}", 'template parsing failed: template: tmpl:1: function "nope" not defined'],
    ["\n{{ upper target }}", 'template parsing failed: template: tmpl:2: function "upper" not defined'],
    [
      "{{ .Name }}",
      'template excution failed: template: tmpl:1:3: executing "tmpl" at <.Name>: nil data; no entry for key "Name"',
    ],
    ["{{ target", "template parsing failed: template: tmpl:1: unclosed action"],
  ])("%j is refused", (template, reason) => {
    expect(() => filled(template)).toThrow(TemplateError)
    expect(() => filled(template)).toThrow(reason)
  })

  it("refuses a missing key although there are no variables at all", () => {
    expect(() => render("{{ variables.a }}", { variables: {} })).toThrow('map has no entry for key "a"')
  })

  it("does not see what JavaScript objects have by themselves", () => {
    expect(() => filled("{{ variables.constructor }}")).toThrow('map has no entry for key "constructor"')
    expect(() => filled("{{ toString }}")).toThrow('function "toString" not defined')
  })

  it("gives each caller its own values although the text is parsed once", () => {
    expect(["a", "b"].map((target) => render("{{ target }}", { target }))).toEqual(["a", "b"])
  })

  it("notices that a function is missing although the same text was known with it", () => {
    expect(render("{{ target }}", { target: "x" })).toBe("x")
    expect(() => render("{{ target }}", {})).toThrow('function "target" not defined')
  })

  it("does not read a template again that it knows", () => {
    const long = (index: number) => `{{ if false }}${"{{ target }}{{ interval }}".repeat(3000)}{{ end }}${index}`
    const timeOf = (index: number) => {
      const start = performance.now()
      filled(long(index))
      return performance.now() - start
    }
    const reading = Math.min(...Array.from({ length: 10 }, (_, index) => timeOf(index)))
    const known = Math.min(...Array.from({ length: 10 }, () => timeOf(0)))
    expect(known).toBeLessThan(reading / 3)
  })
})

describe("a template that would run away", () => {
  it.each([
    ["endless loop", "{{ range 1000000000000 }}{{ end }}", "steps"],
    ["loop of loops", "{{ range 10000 }}{{ range 10000 }}x{{ end }}{{ end }}", "steps"],
    [
      "template in itself",
      '{{ define "t" }}{{ template "t" }}{{ end }}{{ template "t" }}',
      "exceeded maximum template depth",
    ],
    ["text that doubles", '{{ $x := "0123456789" }}{{ range 60 }}{{ $x = print $x $x }}{{ end }}', "longer than"],
    ["very wide number", '{{ range 1000 }}{{ printf "%9000000d" 1 }}{{ end }}', "longer than"],
    ["very deep nesting", "{{ if true }}".repeat(20_000), "max nesting depth exceeded"],
    ["very deep parentheses", `{{ ${"(".repeat(20_000)}`, "max expression depth exceeded"],
    ["very long chain of else", `{{ if 0 }}${"{{ else if 0 }}".repeat(20_000)}{{ end }}`, "max nesting depth exceeded"],
  ])("is stopped: %s", (_, template, reason) => {
    expect(() => filled(template)).toThrow(TemplateError)
    expect(() => filled(template)).toThrow(reason)
  })

  it("may nest as deep as anybody writes by hand", () => {
    expect(filled(`${"{{ if true }}".repeat(200)}x${"{{ end }}".repeat(200)}`)).toBe("x")
  })
})
