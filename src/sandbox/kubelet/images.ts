import type { Container, HTTPGetAction } from "kubernetes-types/core/v1.js"

/** What stands in for a container image: a command on this machine. */
export interface Image {
  /** A repository without host and tag, such as `flagger/app`; `*` stands for any characters. */
  image: string
  /** As an image's entrypoint. Without it and `args` nothing runs, and the container only waits until it is stopped. */
  command?: string[]
  /** As an image's default arguments. */
  args?: string[]
  /** Where the command runs; the container's own folder where absent. */
  folder?: string
  /** Run it even where the container names a command, because that one is only found inside the real image. */
  always?: boolean
  /** What to ask the program instead of running a command that is only found inside the real image. */
  asRequest?(command: readonly string[]): HTTPGetAction | undefined
}

/** What runs without any table. */
export const builtInImages = (demoApp: string[]): Image[] => [
  { image: "flagger/demo", command: demoApp },
  // Answers the same requests as far as releases need them.
  { image: "stefanprodan/podinfo", command: demoApp, always: true, asRequest: podcliRequest },
  { image: "pause" },
  { image: "busybox", args: ["sh"] },
]

/** Podinfo's manifests probe it by `podcli check http localhost:9898/healthz`. */
function podcliRequest([program, verb, kind, address = ""]: readonly string[]): HTTPGetAction | undefined {
  if (program !== "podcli" || verb !== "check" || kind !== "http") return undefined
  const text = address.includes("://") ? address : `http://${address}`
  if (!URL.canParse(text)) return undefined
  const { port, pathname, search } = new URL(text)
  return { port: Number(port) || 80, path: pathname + search }
}

/** The first entry that fits. */
export function findImage(table: readonly Image[], name: string): Image | undefined {
  const repository = repositoryOf(name)
  return table.find(({ image }) => patternOf(repositoryOf(image)).test(repository))
}

/** What a container runs: its own command and arguments take the place of the image's, as in Kubernetes. Empty for nothing. */
export function commandOf(image: Image, { command, args }: Pick<Container, "command" | "args">): string[] {
  const own = image.always ? {} : { command, args }
  if (own.command?.length) return [...own.command, ...(own.args ?? [])]
  return [...(image.command ?? []), ...(own.args?.length ? own.args : (image.args ?? []))]
}

export function tagOf(name: string): string {
  const [tagged = ""] = name.split("@")
  const colon = tagged.lastIndexOf(":")
  return colon > tagged.lastIndexOf("/") ? tagged.slice(colon + 1) : "latest"
}

/** What a user does about an image that no entry fits. */
export const unknownImage = (name: string): string =>
  `no program is known for image "${name}": the sandbox runs local commands in place of images; name one in its table of ` +
  `images, such as { image: "${repositoryOf(name)}", command: ["node", "/path/to/server.js"] }`

function repositoryOf(name: string): string {
  const [tagged = ""] = name.split("@")
  const colon = tagged.lastIndexOf(":")
  const repository = colon > tagged.lastIndexOf("/") ? tagged.slice(0, colon) : tagged
  const [first = "", ...rest] = repository.split("/")
  const isHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost")
  return (isHost ? rest.join("/") : repository).replace(/^library\//, "")
}

const patternOf = (image: string): RegExp =>
  new RegExp(`^${image.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`)
