import { spawn } from "node:child_process"
import { once } from "node:events"
import { mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest"

const root = join(import.meta.dirname, "..", "..")
const FASTER = 4
let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "flagger-scenarios-"))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** `flagger sandbox` as users start it, in faster time. */
function sandbox(...args: string[]) {
  const child = spawn(process.execPath, [join(root, "bin", "flagger.js"), "sandbox", ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      ...process.env,
      TMPDIR: folder,
      FASTER: `${FASTER}:${Date.now()}`,
      NODE_OPTIONS: `--require=${join(import.meta.dirname, "faster.cjs")}`,
    },
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  let text = ""
  let look = () => {}
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      text += String(chunk)
      look()
    })
  }
  return {
    text: () => text,
    prints: (wanted: RegExp) =>
      new Promise<RegExpExecArray>((resolve, reject) => {
        look = () => {
          const found = wanted.exec(text)
          if (found) resolve(found)
        }
        child.once("exit", () => reject(new Error(`it ended without ${wanted}:\n${text}`)))
        look()
      }),
    async ends() {
      if (child.exitCode === null) await once(child, "exit")
      return child.exitCode
    },
    interrupt: () => child.kill("SIGINT"),
  }
}

describe("flagger sandbox", () => {
  it("shows a good release and then a bad one, and leaves the rest to the user", async () => {
    const program = sandbox()
    await program.prints(/Your turn, in another terminal/)
    program.interrupt()
    expect(await program.ends()).toBe(0)
    const [good, bad] = program.text().split("\nbad: ") as [string, string]
    expect(good).toMatch(/good: version 2.0.0 was promoted/)
    expect(good).toMatch(/traffic on it +0 %, 20 %, 40 %, 60 %, 0 %/)
    expect(good).toMatch(/version 1.0.0 +\d+ requests, 0 failed\n +version 2.0.0 +\d+ requests, 0 failed/)
    expect(bad).toMatch(/^version 3.0.0 was rolled back/)
    expect(bad).toMatch(/version 2.0.0 +\d+ requests, 0 failed\n +version 3.0.0 +\d+ requests, [1-9]\d* failed/)
    expect(program.text()).not.toContain("NOT as told")
  })

  it("rolls a bad release back, tells what was seen, and leaves nobody on it", async () => {
    const program = sandbox("--scenario", "bad")
    expect(await program.ends(), program.text()).toBe(0)
    expect(program.text()).toMatch(/bad: version 2.0.0 was rolled back/)
    expect(program.text()).toMatch(/first bad answer +\d+\.\d s/)
    expect(program.text()).toMatch(/version 2.0.0 +\d+ requests, [1-9]\d* failed/)
    expect(program.text()).toMatch(/seen +Halt shop.demo advancement success rate [\d.]+% < 99%/)
  })

  it("goes on with what was there before, ends with Ctrl-C, and leaves no file behind", async () => {
    const kept = join(folder, "kept")
    const first = sandbox("--data-dir", kept)
    await first.prints(/Advance shop.demo canary weight 20/)
    first.interrupt()
    expect(await first.ends(), first.text()).toBe(0)
    const second = sandbox("--data-dir", kept)
    await second.prints(/Promotion completed! Scaling down shop.demo/)
    second.interrupt()
    expect(await second.ends()).toBe(0)
    expect(readdirSync(folder).filter((name) => name.startsWith("flagger-pods-"))).toEqual([])
  })

  it.each([
    ["--port=http", 2, /invalid value "http" for flag -port/],
    ["--port=70000", 2, /-port=70000 is not a port: use a number up to 65535/],
    ["--rate=0", 2, /-rate=0 makes no traffic: use 1 or more/],
    ["good", 2, /unexpected argument "good"/],
    ["--images=missing.yaml", 1, /no such file or directory, open 'missing.yaml'/],
  ])("says what is wrong with %s", async (argument, code, text) => {
    const program = sandbox(argument)
    expect(await program.ends()).toBe(code)
    expect(program.text()).toMatch(text)
    expect(program.text()).not.toMatch(/^ +at /m)
  })

  it("refuses a scenario that it does not know, and lists those it knows", async () => {
    const program = sandbox("--scenario", "ugly")
    expect(await program.ends()).toBe(2)
    expect(program.text()).toMatch(/no scenario is called "ugly"/)
    expect(program.text()).toMatch(/ {2}bluegreen +blue\/green/)
  })
})
