import { noSuchPath } from "./refusal.ts"

/** What a path of the API names. */
export interface ResourcePath {
  group: string
  version: string
  namespace?: string
  plural: string
  name?: string
  subresource?: string
}

/** `/apis/apps/v1/namespaces/shop/deployments/web/scale`; undefined for paths that name no resource. */
export function resourcePath(path: string): ResourcePath | undefined {
  const parts = path.split("/").slice(1).map(decoded)
  const prefix = parts.shift()
  if (prefix !== "api" && prefix !== "apis") return undefined
  const group = prefix === "api" ? "" : parts.shift()
  const version = parts.shift()
  if (group === undefined || version === undefined || parts.length === 0 || parts[0] === "") return undefined
  if (parts.at(-1) === "") parts.pop()
  const place = { group, version }
  // A namespace is itself an object, and also the place of others.
  const inNamespace = parts[0] === "namespaces" && parts.length > 2 && !namespaceSubresources.has(parts[2]!)
  if (inNamespace) return resource({ ...place, namespace: parts[1]! }, parts.slice(2))
  return resource(place, parts)
}

const namespaceSubresources = new Set(["status", "finalize"])

function resource(place: Omit<ResourcePath, "plural">, parts: string[]): ResourcePath {
  const [plural, name, subresource, ...rest] = parts
  if (rest.length > 0) throw noSuchPath()
  return {
    ...place,
    plural: plural!,
    ...(name === undefined ? {} : { name }),
    ...(subresource === undefined ? {} : { subresource }),
  }
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw noSuchPath()
  }
}
