import { existsSync, readdirSync, readFileSync, statSync } from "node:fs"
import { dirname, join } from "node:path"
import { load } from "js-yaml"
import { describe, expect, it } from "vitest"
import type { Canary, Phase } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { klogFlags } from "#cli/klog-flags.ts"
import { operatorFlags } from "#controller/flags.ts"
import type { Snapshot } from "#core/rollout/snapshot.ts"
import { inPhase } from "#core/rollout/status.ts"
import { sourceFiles } from "../scripts/unused-exports.ts"
import { referenceFiles } from "../scripts/reference.ts"
import { schemaProblems } from "./schema-problems.ts"

const root = join(import.meta.dirname, "..")
const textOf = (path: string) => readFileSync(join(root, path), "utf8")
const markdownIn = (folder: string) =>
  readdirSync(join(root, folder), { recursive: folder !== ".", encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join(folder, name))
const pages = [".", "docs", "examples"].flatMap(markdownIn)
const codeIn = (text: string) => [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code!)

/** What a heading is linked as. */
const anchorsIn = (text: string) =>
  [...text.matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
    title!
      .toLowerCase()
      .replace(/[^\w -]/g, "")
      .replaceAll(" ", "-"),
  )

describe.each(pages)("%s", (page) => {
  const text = textOf(page)

  it("links to what is there", () => {
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map(([, link]) => link!)
      .filter((link) => !link.includes("://"))
    const broken = links.filter((link) => {
      const [path, anchor] = link.split("#") as [string, string?]
      const target = path ? join(dirname(page), path) : page
      if (!existsSync(join(root, target))) return true
      return (
        anchor !== undefined &&
        (statSync(join(root, target)).isDirectory() || !anchorsIn(textOf(target)).includes(anchor))
      )
    })
    expect(broken).toEqual([])
  })

  it("names flags that exist", () => {
    const named = codeIn(text).flatMap((code) => /^-([a-z][\w-]*)(?:=|$)/.exec(code)?.[1] ?? [])
    expect(
      named.filter((name) => !["h", "flag"].includes(name) && !(name in operatorFlags) && !(name in klogFlags)),
    ).toEqual([])
  })

  it("shows resources that the definitions accept", () => {
    const blocks = [...text.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, yaml]) => load(yaml!) as KubeObject)
    expect(blocks.flatMap(schemaProblems)).toEqual([])
  })
})

describe("docs/reference", async () => {
  const made = await referenceFiles()

  it.each([...made.keys()])("has %s as the code has it (npm run build writes it)", (path) => {
    expect(textOf(path)).toBe(made.get(path))
  })
})

describe("docs/reference/events.md", () => {
  const sections = textOf("docs/reference/events.md").split(/^## /m)
  const rowsOf = (title: string) =>
    sections
      .find((section) => section.startsWith(`${title}\n`))!
      .split("\n")
      .filter((line) => line.startsWith("| ") && line.includes("`"))
  const told = ["Events", "Events of hooks", "Events of metrics", "Alerts"]
    .flatMap(rowsOf)
    .map((row) => codeIn(row)[0]!)

  const core = sourceFiles("src/core/rollout", "src/core/analysis").filter(
    ({ path }) => !/\.test(-\w+)?\.ts$/.test(path),
  )
  const TEXT = /(`[^`]+`|"[^"\n]+")/.source
  const literalsAfter = (before: string) =>
    core.flatMap(({ text }) => [...text.matchAll(new RegExp(before + TEXT, "g"))].map(([, literal]) => literal!))
  /** What is filled in stands for anything. */
  const partsOf = (literal: string) => literal.slice(1, -1).split(/\$\{.*?\}/)
  const fits = (literal: string) => {
    const parts = partsOf(literal).map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
    return (text: string) => new RegExp(`^${parts.join(".+")}$`).test(text)
  }

  it("has every text that is told", () => {
    const events = literalsAfter(String.raw`\b(?:normal|warning)\(\s*`)
    const alerts = literalsAfter(String.raw`\balertOf\(\s*"[\w-]+",\s*"\w+",\s*`)
    expect([events.length > 35, alerts.length > 9]).toEqual([true, true])
    expect([...events, ...alerts].filter((literal) => !told.some(fits(literal)))).toEqual([])
  })

  it("has no text that is not told", () => {
    const sentences = literalsAfter("").filter((literal) => /\w{3}.*\W.*\w{3}/.test(partsOf(literal).join("")))
    expect(told.length).toBeGreaterThan(60)
    expect(told.filter((text) => !sentences.some((literal) => fits(literal)(text)))).toEqual([])
  })

  it("has the conditions as they are written", () => {
    const canary = { spec: { targetRef: { kind: "Deployment" }, analysis: {} } } as Canary
    const rows = rowsOf("Conditions").filter((row) => / (True|False|Unknown) /.test(row))
    const written = rows.map((row) => {
      const [phase] = codeIn(row)
      const [condition] = inPhase({ nowMs: 0, canary } as Snapshot, phase as Phase).conditions!
      return `| \`${condition!.reason}\` | ${condition!.status} | \`${condition!.message}\` |`
    })
    expect(rows).toHaveLength(9)
    expect(rows).toEqual(written)
  })
})
