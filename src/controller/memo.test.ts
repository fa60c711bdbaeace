import { describe, expect, it, vi } from "vitest"
import { createMemo } from "./memo.ts"

describe("a memo", () => {
  it("keeps a result while what it was made from is the very same", () => {
    const [memo, make, from] = [createMemo(), vi.fn(() => ({})), { a: 1 }]
    const first = memo("looks", [from, 2], make)
    expect(memo("looks", [from, 2], make)).toBe(first)
    expect(make).toHaveBeenCalledTimes(1)
  })
  it.each([[[1, 3]], [[1]], [[1, 2, 3]], [[]]])("makes it anew from %j instead of 1 and 2", (from) => {
    const memo = createMemo()
    memo("looks", [1, 2], () => "old")
    expect(memo("looks", from, () => "new")).toBe("new")
  })
  it("takes an equal object for another one, since it may be shown by a newer watch event", () => {
    const memo = createMemo()
    memo("looks", [{ a: 1 }], () => "old")
    expect(memo("looks", [{ a: 1 }], () => "new")).toBe("new")
  })
  it("keeps nothing of what failed", () => {
    const memo = createMemo()
    expect(() =>
      memo("looks", [1], () => {
        throw new Error("no")
      }),
    ).toThrow("no")
    expect(memo("looks", [1], () => "made")).toBe("made")
  })
  it("keeps results of several names apart", () => {
    const memo = createMemo()
    memo("one", [1], () => "of one")
    expect(memo("other", [1], () => "of other")).toBe("of other")
  })
})
