import type { Resource } from "../apiserver/resource.ts"
import { accounts } from "./cluster/accounts.ts"
import { autoscalers } from "./workloads/autoscalers.ts"
import { cluster } from "./cluster/cluster.ts"
import { configs } from "./cluster/configs.ts"
import { daemonSets } from "./workloads/daemon-sets.ts"
import { definitions } from "./cluster/definitions.ts"
import { deployments } from "./workloads/deployments.ts"
import { endpoints } from "./network/endpoints.ts"
import { events } from "./cluster/events.ts"
import { ingresses } from "./network/ingresses.ts"
import { jobs } from "./workloads/jobs.ts"
import { leases } from "./cluster/leases.ts"
import { limits } from "./cluster/limits.ts"
import { pods } from "./pods/pods.ts"
import { policies } from "./network/policies.ts"
import { services } from "./network/services.ts"
import { statefulSets } from "./workloads/stateful-sets.ts"
import { claims } from "./cluster/claims.ts"
import { classes } from "./cluster/classes.ts"
import { cronJobs } from "./workloads/cron-jobs.ts"

const families = [
  cluster,
  pods,
  services,
  endpoints,
  configs,
  events,
  accounts,
  limits,
  claims,
  classes,
  deployments,
  daemonSets,
  statefulSets,
  jobs,
  cronJobs,
  autoscalers,
  ingresses,
  policies,
  leases,
  definitions,
]

let all: readonly Resource[] | undefined

/** The kinds that are served from the start. */
export const builtIn = (): readonly Resource[] => (all ??= families.flatMap((family) => family()))
