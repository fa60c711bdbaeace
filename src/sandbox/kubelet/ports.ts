import type { KubeObject } from "#api/objects.ts"

/** On a pod whose programs listen on other ports than its spec says: a JSON object from container port to real port. */
export const portsAnnotation = "sandbox.flagger.app/ports"

/** Where a pod really answers for one of its container ports. */
export function realPort(pod: KubeObject, containerPort: number): number {
  const text = pod.metadata.annotations?.[portsAnnotation]
  if (!text) return containerPort
  try {
    const real = (JSON.parse(text) as Record<string, unknown>)[containerPort]
    return typeof real === "number" ? real : containerPort
  } catch {
    // Somebody wrote something else there.
    return containerPort
  }
}
