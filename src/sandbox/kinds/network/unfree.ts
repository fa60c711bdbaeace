import type { KubeObject } from "#api/objects.ts"
import { invalid as refused } from "../../apiserver/refusal.ts"
import type { Place } from "../../apiserver/resource.ts"
import { invalid } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { contains, parseAddress, parseNetwork } from "../../schema/values/ip-address.ts"
import { each } from "../checks.ts"

type Fields = KubeObject["spec"]

const network = parseNetwork("10.96.0.0/12")!
const [FIRST_PORT, LAST_PORT] = [30_000, 32_767]

/** Addresses and ports that somebody asks for have to be free: before anything else is looked at. */
export function refuseUnfree({ metadata, spec }: KubeObject, old: KubeObject | undefined, place: Place): void {
  const [problem] = [
    ...addressProblems(spec, old?.["spec"] ?? {}, place),
    ...portProblems(spec, old?.["spec"] ?? {}, place),
  ]
  if (problem) throw refused({ group: "", kind: "Service" }, metadata.name, [problem])
}

function addressProblems({ type, clusterIPs = [] }: Fields, before: Fields, place: Place): FieldProblem[] {
  if (type === "ExternalName") return []
  const asked = clusterIPs.filter((address: string) => !before.clusterIPs?.includes(address) && parseAddress(address))
  return asked.flatMap((address: string) => {
    const why = unusable(address, place)
    return why ? [invalid("spec.clusterIPs", clusterIPs, `failed to allocate IP ${address}: ${why}`)] : []
  })
}

function unusable(address: string, place: Place): string | undefined {
  if (!contains(network, parseAddress(address)!)) return "the provided network does not match the current range"
  return place.isTaken?.(address) ? "provided IP is already allocated" : undefined
}

function portProblems({ ports }: Fields, before: Fields, place: Place): FieldProblem[] {
  const own = new Set((before.ports ?? []).map(({ nodePort }: Fields) => nodePort))
  return each<Fields>("spec.ports", ports, ({ nodePort }, path) => {
    if (!nodePort || own.has(nodePort)) return []
    const wrong = (why: string) => [invalid(`${path}.nodePort`, nodePort, why)]
    if (nodePort < FIRST_PORT || nodePort > LAST_PORT) {
      return wrong(`provided port is not in the valid range. The range of valid ports is ${FIRST_PORT}-${LAST_PORT}`)
    }
    return place.isTaken?.(nodePort) ? wrong("provided port is already allocated") : []
  })
}
