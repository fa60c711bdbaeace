import { contour } from "./contour.ts"
import type { Router } from "./contract.ts"
import { gatewayApiV1, gatewayApiV1beta1 } from "./gatewayapi/router.ts"
import { istio } from "./istio/router.ts"
import { kubernetes } from "./kubernetes.ts"
import { nginx } from "./nginx/router.ts"
import { smi, type SmiOptions } from "./smi.ts"

const DEFAULT_PROVIDER = "istio"

interface Entry {
  names: readonly string[]
  /** Names that go on from the first one are served too. */
  open: boolean
  routerFor(provider: string): Router
}

/** The first entry that fits serves the provider. */
const entries: readonly Entry[] = [
  only(smi({ name: "linkerd", version: "v1alpha1", mesh: "linkerd" })),
  only(istio),
  anySmi("v1alpha1"),
  anySmi("v1alpha2"),
  anySmi("v1alpha3"),
  only(contour),
  only(nginx),
  only(smi({ name: "osm", version: "v1alpha2", mesh: "osm" })),
  { ...only(gatewayApiV1beta1), open: true },
  { ...only(gatewayApiV1), open: true },
  only(kubernetes),
]

export const providerNames: readonly string[] = entries.flatMap(({ names }) => names).toSorted()

/** The router of a provider name as users write it. */
export function routerFor(provider: string): Router {
  const name = provider || DEFAULT_PROVIDER
  const fits = ({ names, open }: Entry) => names.includes(name) || (open && name.startsWith(names[0]!))
  const found = entries.find(fits)
  if (found) return found.routerFor(name)
  throw new Error(`unknown provider ${JSON.stringify(name)}: there is ${providerNames.join(", ")}`)
}

function only(router: Router): Entry {
  return { names: router.names, open: false, routerFor: () => router }
}

/** `smi:v1alpha1:istio` names the mesh behind the API. */
function anySmi(version: SmiOptions["version"]): Entry {
  const prefix = `smi:${version}`
  const meshOf = (provider: string) =>
    provider.startsWith(`${prefix}:`) ? provider.slice(prefix.length + 1) : provider
  return {
    names: [prefix],
    open: true,
    routerFor: (provider) => smi({ name: provider, version, mesh: meshOf(provider) }),
  }
}
