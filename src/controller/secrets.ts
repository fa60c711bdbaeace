import type { KubeApi } from "#kube/contract.ts"

/** Data of a Secret, decoded; undefined when there is none. It is read when it is needed and not kept. */
export async function readSecret(
  api: KubeApi,
  namespace: string,
  name: string,
): Promise<Readonly<Record<string, string>> | undefined> {
  const secret = await api.get({ apiVersion: "v1", kind: "Secret", namespace, name })
  if (!secret) return undefined
  const data = (secret["data"] ?? {}) as Record<string, string>
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]))
}
