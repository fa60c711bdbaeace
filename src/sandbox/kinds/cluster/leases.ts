import { invalid } from "../../schema/problem.ts"
import { notNegative } from "../checks.ts"
import { age, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"

export const leases = () => [
  builtInKind({
    group: "coordination.k8s.io",
    version: "v1",
    kind: "Lease",
    plural: "leases",
    columns: [name, text("Holder", "Who holds it.", ({ spec }) => spec.holderIdentity ?? ""), age],
    rules: {
      generationCounts: null,
      // A feature that is off in the server.
      defaults({ spec }) {
        delete spec.strategy
        delete spec.preferredHolder
      },
      problems: ({ spec: { leaseDurationSeconds: seconds, leaseTransitions } }) => [
        ...(seconds <= 0 ? [invalid("spec.leaseDurationSeconds", seconds, "must be greater than 0")] : []),
        ...notNegative("spec.leaseTransitions", leaseTransitions),
      ],
    },
  }),
]
