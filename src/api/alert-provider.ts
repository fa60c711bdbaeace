import type { KubeObject } from "./objects.ts"
import { object, type Of, opaqueObject, required, string } from "./schema.ts"

const spec = object(
  {
    type: string("Kind of receiver", { enum: ["slack", "msteams", "discord", "rocket", "gchat"] }),
    channel: string("Channel, general when absent"),
    username: string("Name shown as the sender, flagger when absent"),
    address: string("Address that is posted to"),
    proxy: string("HTTP(S) proxy for this receiver"),
    secretRef: object({ name: required(string()) }, "Secret whose keys address and token replace the fields above"),
  },
  undefined,
  // Both at once is fine: the Secret wins. The original refuses what its own documentation shows.
  { anyOf: [{ required: ["type", "address"] }, { required: ["type", "secretRef"] }] },
)

export const alertProviderSchema = object({
  apiVersion: string(),
  kind: string(),
  metadata: opaqueObject(),
  spec,
})

export interface AlertProvider extends KubeObject {
  spec: Of<typeof spec>
}
