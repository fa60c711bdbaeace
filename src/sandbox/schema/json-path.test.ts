import { describe, expect, it } from "vitest"
import { jsonPath } from "./json-path.ts"

const object = {
  metadata: { annotations: { "a.b/c": "dotted", plain: "p" } },
  spec: { x: 1, list: ["a", "b", "c"], no: null },
  items: [
    { a: 1, name: "one", ready: true },
    { a: 2, name: "two" },
  ],
  status: {
    conditions: [
      { type: "Ready", status: "True" },
      { type: "Other", status: "False" },
    ],
  },
}

describe("jsonPath", () => {
  it.each([
    [".spec.x", [1]],
    ["{.spec.x}", [1]],
    ["$.spec.x", [1]],
    [".spec.missing", []],
    [".spec.no", [null]],
    [".spec.no.x", []],
    [".items[*].a", [1, 2]],
    [".items[0].name", ["one"]],
    [".items[-1].name", ["two"]],
    [".spec.list[1:]", ["b", "c"]],
    [".spec.list[:2]", ["a", "b"]],
    [".spec.list[0:3:2]", ["a", "c"]],
    [".spec.list[0,2]", ["a", "c"]],
    [".spec.list[-2:]", ["b", "c"]],
    [".spec.list[7]", []],
    [".spec.list[1:1]", []],
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".status.conditions[?(@.type=='Ready')].status", ["True"]],
    ['.status.conditions[?(@.type!="Ready")].type', ["Other"]],
    ['.status.conditions[?(@.type=="None")].status', []],
    [".items[?(@.a>1)].name", ["two"]],
    [".items[?(@.a<=1)].name", ["one"]],
    [".items[?(@.ready)].name", ["one"]],
    [".items[?(@.ready==true)].name", ["one"]],
    ['.items[?(@.a=="1")].name', []],
    ["..status", ["True", "False"]],
    [String.raw`.metadata.annotations.a\.b/c`, ["dotted"]],
    [String.raw`.metadata.annotations['a\.b/c']`, ["dotted"]],
    ["['metadata']['annotations']['plain']", ["p"]],
    [".metadata.annotations['plain','missing']", ["p"]],
    [".spec.x[0]", []],
    ["spec.x", []],
  ])("finds %s", (path, found) => {
    const values = jsonPath(path)(object)
    expect(path === "..status" ? values.slice(1) : values).toEqual(found)
  })

  it.each([
    ".items[",
    ".items[x]",
    ".items[?(@.a==1]",
    ".items[?(@.a",
    ".a..",
    "....a",
    ".items['a",
    ".a!b#(",
    "[1:2:0]",
  ])("refuses %s or finds nothing, but does not fail later", (path) => {
    let find: (value: unknown) => unknown[] = () => []
    try {
      find = jsonPath(path)
    } catch (error) {
      expect(error).toBeInstanceOf(Error)
    }
    expect(find(object)).toBeInstanceOf(Array)
  })

  it.each([
    [".items[", "unterminated array"],
    [".items[x]", "invalid array index x"],
    [".items[?(@.a", "unterminated filter"],
    ["....a", "invalid multiple recursive descent"],
    ["#", "unrecognized character in action: #"],
    ['"a', "unterminated quoted string"],
    ["[-]", "array index - is not a number"],
  ])("says what is wrong with %s", (path, text) => {
    expect(() => jsonPath(path)).toThrow(text)
  })
})
