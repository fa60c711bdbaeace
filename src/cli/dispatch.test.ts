import { describe, expect, it } from "vitest"
import { versionLine } from "../version.ts"
import { dispatch } from "./dispatch.ts"

async function flagger(...args: string[]) {
  const shown = { code: 0, stdout: "", stderr: "" }
  shown.code = await dispatch(args, {
    stdout: (text) => (shown.stdout += text),
    stderr: (text) => (shown.stderr += text),
  })
  return shown
}

describe("the command line", () => {
  it.each(["version", "-version", "--version"])("prints the version in the original's form for %s", async (word) => {
    expect(await flagger(word)).toEqual({
      code: 0,
      stdout: versionLine,
      stderr: "",
    })
  })

  it("keeps the original's two spaces before the revision", () => {
    expect(versionLine).toMatch(/^Flagger version \d+\.\d+\.\d+ revision {2}\w+\n$/)
  })

  it.each(["help", "--help", "-h"])("lists the commands for %s", async (word) => {
    const { code, stdout } = await flagger(word)
    expect(code).toBe(0)
    expect(stdout).toMatch(/^ {2}operator {2}Run the operator/m)
    expect(stdout).toMatch(/^ {2}version {3}Print/m)
  })

  it("refuses an unknown command and lists those that exist", async () => {
    const { code, stderr } = await flagger("opertor")
    expect(code).toBe(2)
    expect(stderr).toMatch(/^flagger: unknown command "opertor"\n[^]*\n {2}operator {2}/)
  })

  it("knows no command by a name that objects have", async () => {
    expect((await flagger("constructor")).code).toBe(2)
  })

  it("lists the operator's flags on request", async () => {
    const { code, stdout } = await flagger("operator", "-h")
    expect(code).toBe(0)
    expect(stdout).toContain("  -mesh-provider string\n")
    expect(stdout).not.toContain("-vmodule")
  })

  it("takes flags without a command as the operator's, and shows them all when one is wrong", async () => {
    const { code, stderr } = await flagger("-mesh-provder=istio")
    expect(code).toBe(2)
    expect(stderr).toMatch(/^flag provided but not defined: -mesh-provder\nUsage of flagger operator:\n/)
  })

  it("refuses settings that cannot work before anything is started", async () => {
    const { code, stderr } = await flagger("-mesh-provider=isto", "-port=x")
    expect(code).toBe(1)
    expect(stderr).toMatch(
      /^flagger: -mesh-provider: unknown provider "isto": there is .*istio.*; -port=x is not a port/,
    )
  })
})
