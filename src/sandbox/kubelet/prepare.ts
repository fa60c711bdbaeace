import type { Container } from "kubernetes-types/core/v1.js"
import { goQuote } from "#core/text/go-quote.ts"
import type { Clock } from "../contract.ts"
import type { BackOffLimits } from "./back-off.ts"
import type { Bell } from "./bell.ts"
import { type Config, environmentOf } from "./environment.ts"
import type { Happening } from "./events.ts"
import { expand } from "./expand.ts"
import type { Whereabouts } from "./fields.ts"
import { commandOf, findImage, type Image, unknownImage } from "./images.ts"
import type { Inside } from "./inside.ts"
import { mountAll } from "./mounts.ts"
import type { Pod } from "./pod.ts"
import type { ContainerView, RestartPolicy } from "./status.ts"

/** What a container has around it. */
export interface Around {
  clock: Clock
  images: readonly Image[]
  backOff: BackOffLimits
  /** The pod as it is at present. */
  pod(): Pod
  where: Whereabouts
  realPort(containerPort: number): number
  /** The container's working folder. */
  folder: string
  folderOf(volume: string): string
  config: Config
  /** Rings when the pod, a ConfigMap or a Secret has changed. */
  bell: Bell
  restartPolicy: RestartPolicy
  graceMs(): number
  tell(happening: Happening): void
  /** The view is another one. */
  changed(): void
}

export interface Prepared {
  /** Empty for nothing. */
  command: string[]
  inside: Inside
}

const RETRY_MS = 10_000
const PULL_MS = 1000

/** Finds out what a container runs, waiting for what is missing. Undefined when it is stopped before. */
export async function prepare(
  around: Around,
  view: ContainerView,
  set: (part: Partial<ContainerView>) => void,
  stop: AbortSignal,
): Promise<Prepared | undefined> {
  const { bell } = around
  const tell = (type: "Normal" | "Warning", reason: string, message: string) => around.tell({ type, reason, message })
  let pullAgainMs = around.backOff.firstMs
  const waitFor = (reason: string, message: string) => set({ state: { waiting: { reason, message } } })

  async function pullInVain(name: string): Promise<void> {
    const image = goQuote(name)
    const why = unknownImage(name)
    tell("Normal", "Pulling", `Pulling image ${image}`)
    tell("Warning", "Failed", `Failed to pull image ${image}: ${why}`)
    tell("Warning", "Failed", "Error: ErrImagePull")
    waitFor("ErrImagePull", why)
    await bell.wait(PULL_MS, stop)
    if (stop.aborted) return
    tell("Normal", "BackOff", `Back-off pulling image ${image}`)
    tell("Warning", "Failed", "Error: ImagePullBackOff")
    waitFor("ImagePullBackOff", `Back-off pulling image ${image}: ErrImagePull: ${why}`)
    await bell.wait(pullAgainMs, stop)
    pullAgainMs = Math.min(around.backOff.longestMs, pullAgainMs * 2)
  }

  while (!stop.aborted) {
    const spec = present(around.pod(), view.spec)
    const image = findImage(around.images, spec.image ?? "")
    if (!image) {
      await pullInVain(spec.image ?? "")
      continue
    }
    try {
      const prepared = preparedFrom(around, spec, image)
      view.spec = spec
      tell(
        "Normal",
        "Pulled",
        `Container image ${goQuote(spec.image!)} already present on machine and can be accessed by the pod`,
      )
      return prepared
    } catch (error) {
      const { message } = error as Error
      waitFor("CreateContainerConfigError", message)
      tell("Warning", "Failed", `Error: ${message}`)
      await bell.wait(RETRY_MS, stop)
    }
  }
  return undefined
}

/** The container as its pod has it at present: images may change. */
const present = ({ spec }: Pod, { name }: Container): Container =>
  [...spec.containers, ...(spec.initContainers ?? [])].find((container) => container.name === name)!

function preparedFrom(around: Around, container: Container, image: Image): Prepared {
  const { where, realPort, folder, config } = around
  const volumes = mountAll(container, folder, around.folderOf)
  const env = environmentOf({ pod: around.pod(), container, where, realPort, folder, volumes, config })
  const command = commandOf(image, container).map((part) => expand(part, env))
  return { command, inside: { container, ip: where.podIP, realPort, env, folder: image.folder ?? folder, image } }
}
