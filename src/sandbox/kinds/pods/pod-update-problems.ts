import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import { forbidden } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"

type Fields = KubeObject["spec"]

const changeable = [
  "`spec.containers[*].image`",
  "`spec.initContainers[*].image`",
  "`spec.activeDeadlineSeconds`",
  "`spec.tolerations` (only additions to existing tolerations)",
  "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)",
]

/** What cannot change any more once there is a pod. */
export function podUpdateProblems(spec: Fields, old: Fields): FieldProblem[] {
  for (const list of ["containers", "initContainers"]) {
    if ((spec[list]?.length ?? 0) !== (old[list]?.length ?? 0)) {
      return [forbidden(`spec.${list}`, "pod updates may not add or remove containers")]
    }
  }
  if (isDeepStrictEqual(changeableAside(spec, old), old)) return tolerationUpdateProblems(spec, old)
  const detail = `pod updates may not change fields other than ${changeable.join(",")}`
  return [...tolerationUpdateProblems(spec, old), forbidden("spec", detail)]
}

const free = ["activeDeadlineSeconds", "tolerations", "schedulingGates"]

/** The new pod with the old values of all that may change. Whoever schedules it sets its node. */
function changeableAside(spec: Fields, old: Fields): Fields {
  const isKept = (field: string) => !free.includes(field) && (field !== "nodeName" || old.nodeName)
  return {
    ...Object.fromEntries(Object.entries(spec).filter(([field]) => isKept(field))),
    ...Object.fromEntries(Object.entries(old).filter(([field]) => free.includes(field))),
    ...withOldImages("initContainers", spec, old),
    ...withOldImages("containers", spec, old),
  }
}

function withOldImages(list: string, spec: Fields, old: Fields): Fields {
  if (!spec[list]) return {}
  return {
    [list]: spec[list].map((container: Fields, place: number) => ({ ...container, image: old[list][place].image })),
  }
}

function tolerationUpdateProblems({ tolerations = [] }: Fields, { tolerations: old = [] }: Fields): FieldProblem[] {
  const isKept = (toleration: Fields) =>
    tolerations.some(({ tolerationSeconds }: Fields, place: number) => {
      const { tolerationSeconds: _, ...rest } = toleration
      return isDeepStrictEqual(tolerations[place], {
        ...rest,
        ...(tolerationSeconds === undefined ? {} : { tolerationSeconds }),
      })
    })
  if (old.every(isKept)) return []
  return [forbidden("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds")]
}
