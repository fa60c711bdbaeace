import { createHash } from "node:crypto"
import type { Canary } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { includedKeys, namespaceOf, ownerOf } from "#api/release.ts"
import type { Wanted } from "#kube/contract.ts"
import { primaryConfigName } from "./config-references.ts"
import { canonicalJson } from "./revision.ts"

type ConfigData = Record<string, string>

const OPT_OUT = "flagger.app/config-tracking"
const trackedSecretTypes = ["Opaque", "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth", "kubernetes.io/tls"]

/** Whether a ConfigMap or Secret is followed and copied: not when it opts out, nor when the Secret is of another type. */
export function isTracked({ kind, metadata, type = "Opaque" }: KubeObject): boolean {
  if (metadata.annotations?.[OPT_OUT]?.startsWith("disable")) return false
  return kind !== "Secret" || trackedSecretTypes.includes(type)
}

/**
 * Changes when the content does. Equal to the original's for `data`, so that a canary it left behind looks unchanged;
 * `binaryData`, which the original does not see, counts only where there is any.
 */
export function checksumOf(data: ConfigData | undefined, binaryData?: ConfigData): string {
  const hash = createHash("sha256").update(goJson(data))
  if (binaryData && Object.keys(binaryData).length > 0) hash.update(goJson(binaryData))
  return hash.digest("hex").slice(0, 16)
}

/** The primary's own copy, which a change reaches only with a promotion. Canaries that share a config share the copy. */
export function configCopy(
  canary: Canary,
  source: KubeObject,
  existing: KubeObject | undefined,
  includeLabelPrefixes: readonly string[],
): Wanted {
  const { apiVersion, kind, metadata } = source
  const content = (kind === "Secret" ? ["data", "type"] : ["data", "binaryData"]).filter((field) => source[field])
  const owners = ownersOf(canary, existing)
  return {
    object: {
      apiVersion,
      kind,
      metadata: {
        name: primaryConfigName(metadata.name),
        namespace: namespaceOf(canary),
        labels: includedKeys(metadata.labels, includeLabelPrefixes),
        ownerReferences: owners,
      },
      ...Object.fromEntries(content.map((field) => [field, source[field]])),
    },
    owned: kind === "Secret" ? [["data"], ["type"]] : [["data"], ["binaryData"]],
    labels: "replace",
    owners,
  }
}

/** This canary in control, and whoever else owns the copy already. */
function ownersOf(canary: Canary, existing: KubeObject | undefined) {
  const own = ownerOf(canary)
  const others = (existing?.metadata.ownerReferences ?? []).filter(
    ({ kind, name }) => kind !== own.kind || name !== own.name,
  )
  return [own, ...others.map((owner) => ({ ...owner, controller: false }))]
}

/** As Go writes a map of texts: what HTML or JavaScript could trip over is escaped. */
const goJson = (texts: ConfigData | undefined): string =>
  canonicalJson(texts).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
