/** A hostname, `*.` and a suffix for everything below it, or nothing for any host. */
export type HostPattern = string

/** The hosts that both patterns mean; undefined when there is none. */
export function intersection(one: HostPattern, other: HostPattern): HostPattern | undefined {
  if (covers(one, other)) return other
  return covers(other, one) ? one : undefined
}

/** Says that every host of `narrow` is one of `wide`. */
export function covers(wide: HostPattern, narrow: HostPattern): boolean {
  if (wide === "" || wide === narrow) return true
  // A wildcard stands for one label or more, never for none.
  return wide.startsWith("*.") && narrow.endsWith(wide.slice(1)) && narrow.length > wide.length - 1
}

/** More characters are more specific; a name is more specific than any wildcard. */
export function bySpecificity(one: HostPattern, other: HostPattern): number {
  return specificity(other) - specificity(one)
}

const LONGEST_NAME = 253
const specificity = (pattern: HostPattern): number => pattern.length + (isExact(pattern) ? LONGEST_NAME : 0)

const isExact = (pattern: HostPattern): boolean => pattern !== "" && !pattern.startsWith("*.")

export interface HostMap<T> {
  exact(host: string): T | undefined
  /** Of the most specific pattern. */
  find(host: string): T | undefined
}

export function hostMap<T>(entries: Iterable<readonly [HostPattern, T]>): HostMap<T> {
  const names = new Map<string, T>()
  const suffixes = new Map<string, T>()
  let any: T | undefined
  for (const [pattern, value] of entries) {
    if (pattern === "") any = value
    else if (isExact(pattern)) names.set(pattern, value)
    else suffixes.set(pattern.slice(1), value)
  }

  function below(host: string): T | undefined {
    if (suffixes.size === 0) return undefined
    // From the left, so that the longest suffix comes first.
    for (let dot = host.indexOf(".", 1); dot > 0; dot = host.indexOf(".", dot + 1)) {
      const found = suffixes.get(host.slice(dot))
      if (found !== undefined) return found
    }
    return undefined
  }

  return {
    exact: (host) => names.get(host),
    find: (host) => names.get(host) ?? below(host) ?? any,
  }
}

/** The host of a Host header: lower case, no port, no dot at the end. */
export function hostIn(header: string): string {
  const host = header.toLowerCase()
  const colon = host.startsWith("[") ? host.indexOf("]:") + 1 : host.indexOf(":")
  const name = colon > 0 ? host.slice(0, colon) : host
  return name.endsWith(".") ? name.slice(0, -1) : name
}

/** The port that a Host header names. */
export function portIn(header: string): number | undefined {
  const digits = /:(\d+)$/.exec(header)?.[1]
  return digits === undefined ? undefined : Number(digits)
}
