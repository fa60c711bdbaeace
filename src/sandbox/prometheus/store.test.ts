import { describe, expect, it } from "vitest"
import { labelsText } from "./labels.ts"
import { matcher, type MatchOperator } from "./matcher.ts"
import { queryAt } from "./promql/query.ts"
import { createStore, labelNames, labelValues, type Sample, type Store } from "./store.ts"

const sample = (name: string, labels: Record<string, string> = {}, value = 1): Sample => ({ name, labels, value })
const namesIn = (store: Store) => store.find([], -Infinity, Infinity).map(({ labels }) => labels.get("__name__"))

/** What an instant query shows. */
function seen(store: Store, query: string, atMs: number): string[] {
  const { value } = queryAt(query, atMs, store)
  return value.type === "vector"
    ? value.elements.map((element) => `${labelsText(element.labels)} ${element.value}`)
    : []
}

describe("a series", () => {
  it("is the same whatever the order of its labels, and an empty label is none", () => {
    const store = createStore()
    store.append([sample("a", { x: "1", y: "2" }, 1)], 1000)
    store.append([sample("a", { y: "2", x: "1", z: "" }, 2)], 2000)
    expect(store.size).toBe(1)
    expect(seen(store, "a", 2000)).toEqual(['{__name__="a", x="1", y="2"} 2'])
  })

  it("is another one under another name, even with the very same labels object", () => {
    const store = createStore()
    const labels = { x: "1" }
    for (const atMs of [1000, 2000]) store.append([sample("a", labels, atMs), sample("b", labels, -atMs)], atMs)
    expect(seen(store, "a", 2000)).toEqual(['{__name__="a", x="1"} 2000'])
    expect(seen(store, "b", 2000)).toEqual(['{__name__="b", x="1"} -2000'])
  })

  it("leaves out points that come too late or twice", () => {
    const store = createStore()
    store.append([sample("a", {}, 1)], 2000)
    store.append([sample("a", {}, 2)], 1000)
    store.append([sample("a", {}, 3)], 2000)
    expect(seen(store, "a", 3000)).toEqual(['{__name__="a"} 1'])
    expect(seen(store, "count_over_time(a[1h])", 3000)).toEqual(["{} 1"])
  })

  it("takes the time of a sample that brings its own", () => {
    const store = createStore()
    store.append([{ ...sample("a"), atMs: 5000 }], 9000)
    expect(seen(store, "timestamp(a)", 9000)).toEqual(["{} 5"])
  })
})

describe("a series that its source no longer exports", () => {
  it("is gone at once, and its past is still there", () => {
    const store = createStore()
    store.append([sample("a"), sample("b")], 1000, "pod")
    store.append([sample("b")], 2000, "pod")
    expect(seen(store, "a", 1999)).toHaveLength(1)
    expect(seen(store, "a", 2000)).toEqual([])
    expect(seen(store, "b", 2000)).toHaveLength(1)
    expect(seen(store, "count_over_time(a[1m])", 2000)).toEqual(["{} 1"])
  })

  it("is back when it is exported again", () => {
    const store = createStore()
    for (const [atMs, samples] of [
      [1000, [sample("a")]],
      [2000, []],
      [3000, [sample("a", {}, 7)]],
    ] as const)
      store.append(samples, atMs, "pod")
    expect(seen(store, "a", 3000)).toEqual(['{__name__="a"} 7'])
  })

  it("does not stop because another source says nothing of it", () => {
    const store = createStore()
    store.append([sample("a")], 1000, "pod")
    store.append([], 2000, "other")
    store.append([sample("c")], 2000)
    expect(seen(store, "a", 2000)).toHaveLength(1)
  })
})

describe("the store stays small", () => {
  it("forgets what is older than the retention", () => {
    const store = createStore({ retentionMs: 60_000 })
    store.append([sample("old")], 0)
    for (let atMs = 1000; atMs <= 120_000; atMs += 1000) store.append([sample("new")], atMs)
    expect(namesIn(store)).toEqual(["new"])
  })

  it("makes room for new series by forgetting those that were idle the longest", () => {
    const store = createStore({ maxSeries: 3 })
    store.append([sample("a"), sample("b"), sample("c")], 1000)
    store.append([sample("a"), sample("c")], 2000)
    store.append([sample("d")], 3000)
    expect(namesIn(store)).toEqual(["a", "c", "d"])
  })

  it("starts a forgotten series anew, also from a labels object it knew", () => {
    const store = createStore({ maxSeries: 1 })
    const first = sample("a", { x: "1" })
    store.append([first], 1000)
    store.append([sample("b")], 2000)
    store.append([first], 3000)
    expect(seen(store, "a", 3000)).toHaveLength(1)
    expect(store.size).toBe(1)
  })
})

describe("series are found", () => {
  const store = createStore()
  store.append([sample("up", { job: "a", pod: "x-1" }), sample("up", { job: "b" }), sample("down", { job: "a" })], 1000)
  const select = (...matchers: [string, MatchOperator, string][]) =>
    store.select(matchers.map((parts) => matcher(...parts))).map(({ labels }) => labelsText(labels))

  it.each([
    [[["job", "=", "a"]], ['{__name__="up", job="a", pod="x-1"}', '{__name__="down", job="a"}']],
    [
      [
        ["job", "=", "a"],
        ["__name__", "!=", "up"],
      ],
      ['{__name__="down", job="a"}'],
    ],
    [
      [
        ["__name__", "=", "up"],
        ["pod", "=", ""],
      ],
      ['{__name__="up", job="b"}'],
    ],
    [
      [
        ["__name__", "=", "up"],
        ["pod", "!=", ""],
      ],
      ['{__name__="up", job="a", pod="x-1"}'],
    ],
    [[["pod", "=~", "x-.+"]], ['{__name__="up", job="a", pod="x-1"}']],
    [[["pod", "=~", "x"]], []],
    [
      [
        ["__name__", "=~", ".+"],
        ["pod", "!~", "x-.*"],
      ],
      ['{__name__="up", job="b"}', '{__name__="down", job="a"}'],
    ],
    [[["nope", "=", "1"]], []],
  ] as [[string, MatchOperator, string][], string[]][])("by %j", (matchers, found) => {
    expect(select(...matchers)).toEqual(found)
  })

  it("by lists of which one fits, in a time", () => {
    const lists = [[matcher("job", "=", "b")], [matcher("__name__", "=", "down")]]
    expect(store.find(lists, 0, 1000)).toHaveLength(2)
    expect(store.find(lists, 1001, 2000)).toEqual([])
  })

  it("with the names and values of their labels in order", () => {
    const all = store.find([], -Infinity, Infinity)
    expect(labelNames(all)).toEqual(["__name__", "job", "pod"])
    expect(labelValues(all, "__name__")).toEqual(["down", "up"])
  })
})
