import { expect, it } from "vitest"
import { cutBytes } from "./cut.ts"

it("leaves a text that fits as it is", () => {
  expect(cutBytes("12345", 5)).toBe("12345")
})
it("marks a cut with an ellipsis", () => {
  expect(cutBytes("123456", 5)).toBe("12345…")
})
it("drops a character that would be torn apart", () => {
  expect(cutBytes("aé€", 4)).toBe("aé…")
})
