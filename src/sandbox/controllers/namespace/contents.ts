import type { KubeObject, Metadata } from "#api/objects.ts"
import type { Kind } from "../../contract.ts"
import { configMaps, isEnding, namespaces, serviceAccounts } from "../kinds.ts"
import { type Controller, placeOf, refAt, startController } from "../loop.ts"
import { isOfEndingNamespace, type World } from "../world.ts"

/** What pods find in every namespace; the sandbox speaks plain HTTP, so there is no certificate to trust. */
const contents: readonly { kind: Kind; name: string; rest: object }[] = [
  { kind: serviceAccounts, name: "default", rest: {} },
  { kind: configMaps, name: "kube-root-ca.crt", rest: { data: { "ca.crt": "" } } },
]

/** Gives every Namespace its default ServiceAccount and the certificate of the API. */
export function startNamespaceContents(world: World): Controller {
  const { cluster, clock, onError } = world
  return startController({
    name: "NamespaceContents",
    cluster,
    clock,
    onError,
    watches: [
      { kind: namespaces, keys: (namespace) => [placeOf(namespace)] },
      ...contents.map(({ kind, name }) => ({
        kind,
        keys: ({ metadata }: KubeObject) => (metadata.name === name ? [`/${metadata.namespace}`] : []),
      })),
    ],
    reconcile(key) {
      const namespace = cluster.get(refAt(namespaces, key))
      if (!namespace || isEnding(namespace)) return
      for (const content of contents) ensure(world, namespace.metadata.name, content)
    },
  })
}

function ensure(world: World, namespace: string, { kind, name, rest }: (typeof contents)[number]): void {
  if (world.cluster.get({ ...kind, namespace, name })) return
  const metadata: Metadata = { name, namespace }
  try {
    world.cluster.create({ ...kind, metadata, ...rest })
  } catch (error) {
    if (!isOfEndingNamespace(world, error, namespace)) throw error
  }
}
