import { expect, it } from "vitest"
import { notifierFor, notifiers } from "./registry.ts"

it("finds every notifier by its type", () => {
  for (const [type, notifier] of notifiers) {
    expect(notifier.type).toBe(type)
    expect(notifierFor(type)).toBe(notifier)
  }
})

it("says of an unknown type which ones there are", () => {
  expect(() => notifierFor("lark")).toThrow("provider lark not supported, use one of slack, msteams")
})
