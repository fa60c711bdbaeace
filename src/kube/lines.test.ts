import { expect, it } from "vitest"
import { createLineSplitter } from "./lines.ts"

function linesOf(chunks: Buffer[]): string[] {
  const lines: string[] = []
  const splitter = createLineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  splitter.end()
  return lines
}

it("gives the same lines wherever the bytes are cut", () => {
  const text = `{"a":"grüße"}\n\n{"b":"日本 🚀"}\n{"c":1}`
  const bytes = Buffer.from(text)
  for (let size = 1; size <= bytes.length; size++) {
    const chunks = Array.from({ length: Math.ceil(bytes.length / size) }, (_, i) =>
      bytes.subarray(i * size, i * size + size),
    )
    expect(linesOf(chunks)).toEqual([`{"a":"grüße"}`, `{"b":"日本 🚀"}`, `{"c":1}`])
  }
})

it("takes a line of many pieces in time that grows with its length only", () => {
  const pieces = Array.from({ length: 20_000 }, () => Buffer.alloc(1000, "x"))
  const startedAt = performance.now()
  expect(linesOf([...pieces, Buffer.from("\n")])[0]).toHaveLength(20_000_000)
  // Copying at every piece would move 200 GB.
  expect(performance.now() - startedAt).toBeLessThan(5_000)
})
