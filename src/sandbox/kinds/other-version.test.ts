import { describe, expect, it } from "vitest"
import type { KubeObject } from "#api/objects.ts"
import { recorded, resourceOf } from "./recorded.test-support.ts"

interface Both {
  what: string
  stored: KubeObject
  shown: KubeObject
}

/** Texts in annotations say the same in any order, and nothing by null. */
function readable({ metadata, ...rest }: KubeObject): object {
  const read = (text: string): unknown =>
    /^[[{]/.test(text) ? JSON.parse(text, (_, value: unknown) => (value === null ? undefined : value)) : text
  const annotations = Object.entries(metadata.annotations ?? {}).map(([name, text]) => [name, read(text)])
  return { ...rest, metadata: { ...metadata, annotations: Object.fromEntries(annotations) } }
}

describe("another version of a kind", () => {
  for (const { what, stored, shown } of recorded<Both[]>("versions.json")) {
    const { conversion } = resourceOf(shown)

    it(`shows ${what}`, () => {
      expect(readable(conversion!.fromStored(stored))).toEqual(readable(shown))
    })

    it(`gives back ${what}`, () => {
      const { status: _, ...given } = conversion!.toStored(shown)
      const { status: __, ...expected } = stored
      expect(given).toMatchObject(forgetful(expected))
    })

    it(`leaves ${what} as it was`, () => {
      const before = structuredClone(stored)
      conversion!.fromStored(stored)
      expect(stored).toEqual(before)
    })
  }

  const [metrics] = recorded<Both[]>("versions.json") as [Both]

  it("gives back what it told of metrics in annotations, also in a status", () => {
    const { status } = resourceOf(metrics.shown).conversion!.toStored(metrics.shown)
    expect(status).toMatchObject({ currentReplicas: 2, conditions: metrics.stored["status"].conditions })
    expect(status.currentMetrics).toHaveLength(metrics.stored["status"].currentMetrics.length)
    expect(status.currentMetrics[1].object).toEqual({
      describedObject: { kind: "Service", name: "x" },
      metric: { name: "m" },
      current: { value: "0", averageValue: "5" },
    })
  })

  it("takes an annotation that says nothing for none", () => {
    const annotations = { "autoscaling.alpha.kubernetes.io/metrics": "{", own: "kept" }
    const odd = { ...metrics.shown, metadata: { ...metrics.shown.metadata, annotations } }
    const { metadata, spec } = resourceOf(odd).conversion!.toStored(odd)
    expect(metadata.annotations).toEqual({ own: "kept" })
    expect(spec.metrics).toHaveLength(1)
  })
})

/** Without what is only ever shown. */
function forgetful(object: object): object {
  const known = Object.entries(object).filter(([, value]) => value !== "")
  return Object.fromEntries(known)
}
