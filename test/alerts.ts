import type { Alert } from "#core/rollout/say.ts"

export const alertLike = (changes: Partial<Alert> = {}): Alert => ({
  kind: "threshold",
  text: "Failed checks threshold reached 5",
  severity: "error",
  canary: "podinfo",
  namespace: "test",
  uid: "u-1",
  target: "Deployment/podinfo",
  phase: "Progressing",
  revision: "4cb74184589",
  cluster: "c1",
  fields: [{ name: "Cluster", value: "c1" }],
  timeMs: 1578607635167,
  ...changes,
})
