import type { Container } from "kubernetes-types/core/v1.js"
import type { Image } from "./images.ts"
import { startProgram } from "./process.ts"

/** A running container, as probes and hooks get at it. */
export interface Inside {
  container: Container
  ip: string
  realPort(containerPort: number): number
  env: Record<string, string>
  folder: string
  image: Image
}

/** The real port that a number or a name means. */
export function portIn({ container, realPort }: Inside, port: number | string): number {
  if (typeof port === "number") return realPort(port)
  const named = container.ports?.find(({ name }) => name === port)
  if (!named) throw new Error(`couldn't find port: "${port}"`)
  return realPort(named.containerPort)
}

const LONGEST_OUTPUT = 10_240

/** Runs a command beside the container's program, with the same environment, until it ends or the signal is aborted. */
export async function execute(
  { env, folder }: Inside,
  command: string[],
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const chunks: Buffer[] = []
  let bytes = 0
  const onOutput = (chunk: Buffer) => {
    if (bytes < LONGEST_OUTPUT) chunks.push(chunk.subarray(0, LONGEST_OUTPUT - bytes))
    bytes += chunk.length
  }
  const program = await startProgram({ command, env, folder, onOutput })
  if (signal.aborted) program.kill()
  signal.addEventListener("abort", program.kill)
  try {
    const { exitCode } = await program.ended
    return { exitCode, output: Buffer.concat(chunks).toString() }
  } finally {
    signal.removeEventListener("abort", program.kill)
  }
}
