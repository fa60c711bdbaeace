import { builtIn } from "../kinds/registry.ts"
import type { Clock, Cluster } from "../contract.ts"
import { createAddresses } from "./addresses.ts"
import { createCatalogue } from "./catalogue.ts"
import { createCluster } from "./cluster.ts"
import { seed } from "./seed.ts"
import { createStore } from "./store.ts"
import { createWrites } from "./writes.ts"

export interface TestCluster extends Cluster {
  /** How many there have been. */
  writes(): number
}

/** The API of the sandbox without its HTTP, with a namespace called test. */
export function testCluster(clock: Clock): TestCluster {
  const store = createStore()
  const catalogue = createCatalogue(builtIn())
  const writes = createWrites({ store, catalogue, clock, place: createAddresses(store) })
  const cluster = createCluster({ store, catalogue, writes, clock })
  seed(cluster)
  cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name: "test" } })
  return { ...cluster, writes: () => store.version() }
}
