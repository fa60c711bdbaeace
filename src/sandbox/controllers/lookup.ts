import type { KubeObject } from "#api/objects.ts"
import { controllerOf } from "#api/objects.ts"
import type { Cluster, Kind } from "../contract.ts"
import { isEmptySelector, type LabelSelector, selects } from "../kinds/label-selector.ts"
import { placeOf } from "./loop.ts"

/** The objects of one kind, found by what they say rather than by going through all of them. */
export interface Lookup {
  of(word: string): KubeObject[]
  stop(): void
}

export function lookUp(
  cluster: Pick<Cluster, "watch">,
  kind: Kind,
  wordsOf: (object: KubeObject) => Iterable<string>,
): Lookup {
  const seen = new Map<string, KubeObject>()
  const found = new Map<string, Map<string, KubeObject>>()

  function put(place: string, object: KubeObject): void {
    seen.set(place, object)
    for (const word of wordsOf(object)) {
      const same = found.get(word)
      if (same) same.set(place, object)
      else found.set(word, new Map([[place, object]]))
    }
  }

  function drop(place: string): void {
    const before = seen.get(place)
    if (!before) return
    seen.delete(place)
    for (const word of wordsOf(before)) {
      const same = found.get(word)
      same?.delete(place)
      if (same?.size === 0) found.delete(word)
    }
  }

  const stop = cluster.watch(kind, (type, object) => {
    const place = placeOf(object)
    drop(place)
    if (type !== "DELETED") put(place, object)
  })
  return { of: (word) => [...(found.get(word)?.values() ?? [])], stop }
}

/** Objects that have owners. */
export interface Children {
  controlledBy(owner: KubeObject): KubeObject[]
  /** Those that nobody controls. */
  orphansIn(namespace: string): KubeObject[]
  stop(): void
}

export function lookUpChildren(cluster: Pick<Cluster, "watch">, kind: Kind): Children {
  const { of, stop } = lookUp(cluster, kind, (object) => [parentWord(object)])
  return {
    controlledBy: (owner) => of(`owner ${owner.metadata.uid}`),
    orphansIn: (namespace) => of(`orphan ${namespace}`),
    stop,
  }
}

function parentWord(object: KubeObject): string {
  const owner = controllerOf(object)
  return owner ? `owner ${owner.uid}` : `orphan ${object.metadata.namespace}`
}

/** Objects that have labels, too. */
export interface Labelled extends Children {
  selectedBy(selector: LabelSelector, namespace: string): KubeObject[]
}

export function lookUpLabelled(cluster: Pick<Cluster, "watch">, kind: Kind): Labelled {
  const { of, stop } = lookUp(cluster, kind, (object) => {
    const { namespace, labels = {} } = object.metadata
    return [
      parentWord(object),
      `in ${namespace}`,
      ...Object.entries(labels).map((label) => labelWord(namespace, label)),
    ]
  })
  return {
    controlledBy: (owner) => of(`owner ${owner.metadata.uid}`),
    orphansIn: (namespace) => of(`orphan ${namespace}`),
    selectedBy(selector, namespace) {
      const candidates = Object.entries(selector.matchLabels ?? {}).map((label) => of(labelWord(namespace, label)))
      const fewest = candidates.toSorted((one, other) => one.length - other.length)[0] ?? of(`in ${namespace}`)
      return fewest.filter(({ metadata }) => selects(selector, metadata.labels ?? {}))
    },
    stop,
  }
}

const labelWord = (namespace: string | undefined, [key, value]: [string, string]): string =>
  `label ${namespace}/${key}=${value}`

/** Objects with a selector, found by the labels of what they select. */
export interface Selectors {
  selecting(object: KubeObject): KubeObject[]
  stop(): void
}

export function lookUpSelectors(
  cluster: Pick<Cluster, "watch">,
  kind: Kind,
  selectorOf: (object: KubeObject) => LabelSelector | undefined,
): Selectors {
  // Whatever is selected has the first label of the selector, so one word is enough to be found by.
  const { of, stop } = lookUp(cluster, kind, (object) => {
    const selector = selectorOf(object)
    if (!selector) return []
    const [first] = Object.entries(selector.matchLabels ?? {})
    return [first ? labelWord(object.metadata.namespace, first) : `in ${object.metadata.namespace}`]
  })
  return {
    selecting({ metadata: { namespace, labels = {} } }) {
      const words = [`in ${namespace}`, ...Object.entries(labels).map((label) => labelWord(namespace, label))]
      return words.flatMap(of).filter((object) => selects(selectorOf(object)!, labels))
    },
    stop,
  }
}

export const selectorOf = (object: KubeObject): LabelSelector | undefined => {
  const selector = object["spec"]?.selector as LabelSelector | undefined
  return selector && !isEmptySelector(selector) ? selector : undefined
}
