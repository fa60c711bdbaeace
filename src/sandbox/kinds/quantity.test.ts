import { expect, it } from "vitest"
import { canonicalQuantity, milliQuantity, parseQuantity } from "./quantity.ts"

/** Text, canonical text and number, as Go's library of Kubernetes 1.36.3 has them. */
const vectors: [text: string, canonical: string, value: number][] = [
  ["0", "0", 0],
  ["0.0", "0", 0],
  ["00", "0", 0],
  ["1", "1", 1],
  ["+1", "+1", 1],
  ["-1", "-1", -1],
  ["01", "01", 1],
  ["1000", "1k", 1000],
  ["1000m", "1", 1],
  ["100m", "100m", 0.1],
  ["0.1", "100m", 0.1],
  ["0.5", "500m", 0.5],
  ["1.5", "1500m", 1.5],
  ["1.500", "1.500", 1.5],
  ["1500m", "1500m", 1.5],
  ["999m", "999m", 0.999],
  ["1k", "1k", 1000],
  ["1000k", "1M", 1e6],
  ["1024", "1024", 1024],
  ["1024Ki", "1Mi", 1.048576e6],
  ["1025Ki", "1025Ki", 1.0496e6],
  ["2048Ki", "2Mi", 2.097152e6],
  ["2048Mi", "2Gi", 2.147483648e9],
  ["1Ki", "1Ki", 1024],
  ["0.5Ki", "512", 512],
  ["0.5Gi", "512Mi", 5.36870912e8],
  ["1.5Gi", "1536Mi", 1.610612736e9],
  ["1.1Gi", "1181116006400m", 1.1811160064e9],
  ["0.1Mi", "104857600m", 104857.6],
  ["512Mi", "512Mi", 5.36870912e8],
  ["128974848", "128974848", 1.28974848e8],
  ["129e6", "129e6", 1.29e8],
  ["129M", "129M", 1.29e8],
  ["123Mi", "123Mi", 1.28974848e8],
  ["1e3", "1e3", 1000],
  ["1E3", "1E3", 1000],
  ["10e2", "1e3", 1000],
  ["1e-3", "1e-3", 0.001],
  ["1.5e3", "1500", 1500],
  ["0.1n", "1n", 1e-9],
  ["1n", "1n", 1e-9],
  ["0.0000000001", "1n", 1e-9],
  ["-0.0000000001", "-1n", -1e-9],
  ["1u", "1u", 1e-6],
  ["100u", "100u", 0.0001],
  ["1000u", "1m", 0.001],
  ["1E", "1E", 1e18],
  ["1Ei", "1Ei", 1.152921504606847e18],
  ["10Ei", "9223372036854775807", 9.223372036854776e18],
  ["100E", "100E", 1e20],
  ["9223372036854775807", "9223372036854775807", 9.223372036854776e18],
  ["99999999999999999999", "99999999999999999999", 1e20],
  ["-10Ei", "-9223372036854775807", -9.223372036854776e18],
  ["12345678901234567890123", "12345678901234567890123", 1.2345678901234568e22],
  [".5", "500m", 0.5],
  ["5.", "5.", 5],
  ["1.G", "1.G", 1e9],
  [".", "0", 0],
  ["-", "0", 0],
  ["+", "0", 0],
  [" 5", "5", 5],
  ["5m ", "5m", 0.005],
  ["0m", "0", 0],
  ["0Ki", "0", 0],
  ["-1.5Gi", "-1536Mi", -1.610612736e9],
  ["3000000m", "3k", 3000],
  ["1e9", "1e9", 1e9],
  ["250e-3", "250e-3", 0.25],
  ["8Ki", "8Ki", 8192],
  ["1016", "1016", 1016],
  ["1000000", "1M", 1e6],
  ["1001000", "1001k", 1.001e6],
  ["0.001", "1m", 0.001],
  ["1000n", "1u", 1e-6],
  ["100000000000000000000m", "100P", 1e17],
  ["1152921504606846976", "1152921504606846976", 1.152921504606847e18],
  ["7Ei", "7Ei", 8.070450532247929e18],
  ["8Ei", "9223372036854775807", 9.223372036854776e18],
]

it.each(vectors)("%s is stored as %s", (text, canonical, value) => {
  expect(canonicalQuantity(text)).toBe(canonical)
  expect(parseQuantity(text.trim())).toBe(value)
})

it("stores numbers as texts", () => {
  expect([0.5, 2, 1500, 0].map(canonicalQuantity)).toEqual(["500m", "2", "1500", "0"])
})

it("asks for nothing finer than a thousandth, rounded up", () => {
  expect(["1u", "1500u", "100m", "0.0015", "1n"].map(milliQuantity)).toEqual(["1m", "2m", "100m", "2m", "1m"])
})

const wrongFormat = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"

it.each([
  ["", wrongFormat],
  ["abc", wrongFormat],
  ["1x", wrongFormat],
  ["1KI", wrongFormat],
  ["1.2.3", wrongFormat],
  ["1 2", wrongFormat],
  ["1i", "unable to parse quantity's suffix"],
  ["1ki", "unable to parse quantity's suffix"],
  ["1e", "unable to parse quantity's suffix"],
  ["1ee3", "unable to parse quantity's suffix"],
])("refuses %j", (text, problem) => {
  expect(() => canonicalQuantity(text)).toThrow(problem)
})

it("does not spend time on absurd exponents", () => {
  expect(canonicalQuantity("1e-999999999")).toBe("1e-9")
  expect(parseQuantity("1e999999999")).toBe(Infinity)
})
