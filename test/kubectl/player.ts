import { type ChildProcess, spawn } from "node:child_process"
import { join } from "node:path"
import { eventually } from "../cluster/eventually.ts"

/** Plays kubectl in one namespace. */
export interface Player {
  namespace: string
  /**
   * What it prints. The first text is split into words, others are one argument each: `play("patch deploy web -p", "{…}")`.
   * Throws what it complains about.
   */
  play(words: string, ...rest: string[]): Promise<string>
  /** The same with objects on its standard input: `give(objects, "apply -f -")`. */
  give(objects: readonly object[], words: string): Promise<string>
  /** What it prints and complains about where it must fail. */
  fail(words: string, ...rest: string[]): Promise<string>
  /** Goes on until it is told enough. */
  follow(words: string): Following
}

export interface Following {
  /** What was printed so far, once this is in it. */
  saw(text: string | RegExp): Promise<string>
  stop(): void
}

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

export function player(path: string, folder: string, namespace: string): Player {
  const env = { ...process.env, KUBECONFIG: join(folder, "kubeconfig"), HOME: folder, TZ: "UTC" }

  const start = (words: string, rest: readonly string[] = []): ChildProcess =>
    spawn(path, [`--namespace=${namespace}`, ...words.split(" "), ...rest], { env })

  async function run(words: string, rest: readonly string[], input = ""): Promise<Ended> {
    const child = start(words, rest)
    child.stdin!.end(input)
    const [stdout, stderr] = [collect(child.stdout!), collect(child.stderr!)]
    const code = await new Promise<number | null>((ended, failed) => child.once("close", ended).once("error", failed))
    return { code, stdout: stdout(), stderr: stderr() }
  }

  function succeeded(words: string, { code, stdout, stderr }: Ended): string {
    if (code !== 0) throw new Error(`kubectl ${words}: ${stderr}${stdout}`)
    return stdout + stderr
  }

  return {
    namespace,
    play: async (words, ...rest) => succeeded(words, await run(words, rest)),
    give: async (objects, words) => {
      const list = { apiVersion: "v1", kind: "List", items: objects }
      return succeeded(words, await run(words, [], JSON.stringify(objects.length === 1 ? objects[0] : list)))
    },
    async fail(words, ...rest) {
      const { code, stdout, stderr } = await run(words, rest)
      if (code === 0) throw new Error(`kubectl ${words} did not fail: ${stdout}`)
      return stdout + stderr
    },
    follow(words) {
      const child = start(words)
      const printed = collect(child.stdout!)
      return {
        async saw(text) {
          const isIn = () => (typeof text === "string" ? printed().includes(text) : text.test(printed()))
          await eventually(`kubectl ${words} prints ${text}`, isIn)
          return printed()
        },
        stop: () => void child.kill(),
      }
    },
  }
}

function collect(stream: NodeJS.ReadableStream): () => string {
  let text = ""
  stream.setEncoding("utf8").on("data", (part) => (text += part))
  return () => text
}
