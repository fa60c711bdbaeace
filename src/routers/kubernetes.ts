import { allToCanary, allToPrimary, type Router } from "./contract.ts"
import { weightsOnly } from "./limits.ts"

/** No mesh at all: the canary is tested through its own Service, and users meet a revision when it is promoted. */
export const kubernetes: Router = {
  names: ["kubernetes"],
  can: { ...weightsOnly, weights: false },
  reads: () => [],
  desired: () => [],
  observed: (canary) => ((canary.status?.iterations ?? 0) === 0 ? allToPrimary : allToCanary),
  released: () => ({ write: [], remove: [] }),
}
