import { join } from "node:path"
import type { Place } from "./addresses.ts"
import { type ContainerLife, createContainer } from "./container.ts"
import type { Happening } from "./events.ts"
import { HOST_IP, NODE } from "./node.ts"
import type { Around } from "./prepare.ts"
import { type ContainerView, restartPolicyOf } from "./status.ts"

type Shared = Omit<Around, "where" | "realPort" | "folder" | "restartPolicy" | "tell">

export const whereabouts = ({ ip }: Place) => ({ podIP: ip, hostIP: HOST_IP, nodeName: NODE })

/** The containers of a pod that has a place to run, each with a folder of its own. */
export function containersOf(
  views: readonly ContainerView[],
  given: Shared & { place: Place; folder: string; tell(happening: Happening): void },
): ContainerLife[] {
  const { place, folder, tell, ...shared } = given
  return views.map((view) => {
    const list = view.isInit ? "initContainers" : "containers"
    const around: Around = {
      ...shared,
      where: whereabouts(place),
      realPort: (port) => place.ports.get(port) ?? port,
      folder: join(folder, view.spec.name),
      restartPolicy: restartPolicyOf(view, given.pod()),
      tell: (happening) => tell({ ...happening, fieldPath: `spec.${list}{${view.spec.name}}` }),
    }
    return createContainer(around, view)
  })
}
