import { describe, expect, it } from "vitest"
import { fieldSelector, labelSelector } from "./selectors.ts"

const labelled = (labels: Record<string, string>) => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "a", labels },
})

describe("a label selector", () => {
  it.each([
    ["app=web", true],
    ["app==web", true],
    ["app = web", true],
    ["app!=web", false],
    ["app=shop", false],
    ["tier!=db", true],
    ["app in (web, shop)", true],
    ["app notin (web,shop)", false],
    ["tier notin (db)", true],
    ["app", true],
    ["!app", false],
    ["! tier", true],
    ["app=web,version in (1,2),!tier", true],
    ["app=web,tier", false],
    ["version>1", true],
    ["version<2", false],
    ["empty=", true],
    ["example.com/app=x", true],
    ["", true],
  ])("%s", (text, matches) => {
    expect(labelSelector(text)(labelled({ app: "web", version: "2", empty: "", "example.com/app": "x" }))).toBe(matches)
  })
  it.each([
    "app=web,",
    "=web",
    "app in web",
    "app in (web",
    "a b",
    "app=we b",
    "app in (we/b)",
    "app=-x",
    ",a=b",
    "a=b=c",
  ])("that makes no sense is refused: %s", (text) =>
    expect(() => labelSelector(text)).toThrow(/unable to parse requirement|expected: identifier/),
  )
})

describe("a field selector", () => {
  const about = { apiVersion: "v1", kind: "Pod" }
  const select = (text: string) =>
    fieldSelector(text, about, ({ status }) => ({ "status.phase": status?.phase ?? "" }))({
      ...about,
      metadata: { name: "a", namespace: "shop" },
      status: { phase: "Running" },
    })
  it.each([
    ["metadata.name=a", true],
    ["metadata.name!=a", false],
    ["metadata.namespace==shop,status.phase=Running", true],
    ["status.phase!=Running", false],
    ["status.phase=", false],
  ])("%s", (text, matches) => expect(select(text)).toBe(matches))
  it("may only name fields that the kind offers", () => {
    expect(() => select("spec.nodeName=x")).toThrow("field label not supported: spec.nodeName")
  })
  it("that is no comparison is refused", () => {
    expect(() => select("metadata.name")).toThrow("invalid selector: 'metadata.name'; can't understand 'metadata.name'")
  })
})
