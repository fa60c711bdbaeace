import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { isDeepStrictEqual } from "node:util"
import type { Volume } from "kubernetes-types/core/v1.js"
import type { Config } from "./environment.ts"
import type { Whereabouts } from "./fields.ts"
import type { Pod } from "./pod.ts"
import { showFiles } from "./volume-folder.ts"
import { type Files, filesOf } from "./volumes.ts"

export interface PodVolumes {
  folderOf(volume: string): string
  /** Brings all of them up to date. Says what is wrong with those that cannot be; they stay as they are. */
  show(pod: Pod): string[]
}

export function createVolumes(folder: string, around: { where: Whereabouts; config: Config }): PodVolumes {
  const shown = new Map<string, Files>()
  const folderOf = (volume: string) => join(folder, volume)

  function show(pod: Pod, volume: Volume): void {
    const files = filesOf(volume, { pod, ...around })
    if (!files) mkdirSync(folderOf(volume.name), { recursive: true })
    else if (!isDeepStrictEqual(files, shown.get(volume.name))) {
      showFiles(folderOf(volume.name), files)
      shown.set(volume.name, files)
    }
  }

  return {
    folderOf,
    show: (pod) =>
      (pod.spec.volumes ?? []).flatMap((volume) => {
        try {
          show(pod, volume)
          return []
        } catch (error) {
          return [`MountVolume.SetUp failed for volume "${volume.name}" : ${(error as Error).message}`]
        }
      }),
  }
}
