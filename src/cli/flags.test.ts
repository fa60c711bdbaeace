import { describe, expect, it } from "vitest"
import { operatorFlags } from "#controller/flags.ts"
import { FlagError, parseFlags, usageOf } from "./flags.ts"
import { klogFlags } from "./klog-flags.ts"

const table = {
  name: { type: "string", default: "web", help: "A name" },
  count: { type: "int", default: 2, help: "A number" },
  quiet: { type: "bool", default: false, help: "Say less" },
  every: { type: "duration", default: 10_000, help: "A time" },
} as const
const read = (...args: string[]) => parseFlags(table, args)
const refusal = (...args: string[]): string => {
  try {
    read(...args)
  } catch (error) {
    if (error instanceof FlagError) return error.message
    throw error
  }
  return ""
}

describe("flags", () => {
  it("have their defaults when not given", () => {
    expect(read().values).toEqual({ name: "web", count: 2, quiet: false, every: 10_000 })
  })

  it("are taken with one dash or two, with = or the value after", () => {
    for (const args of [["-name=a"], ["--name=a"], ["-name", "a"], ["--name", "a"]]) {
      expect(read(...args).values.name).toBe("a")
    }
  })

  it("keep = and dashes that belong to the value", () => {
    expect(read("-name=a=b").values.name).toBe("a=b")
    expect(read("-name", "-count").values.name).toBe("-count")
    expect(read("-name=").values.name).toBe("")
  })

  it("take the last value when given twice", () => {
    expect(read("-count=1", "-count=3").values.count).toBe(3)
  })

  it.each(["1", "t", "T", "TRUE", "true", "True"])("are on with %s", (word) => {
    expect(read(`-quiet=${word}`).values.quiet).toBe(true)
  })
  it.each(["0", "f", "F", "FALSE", "false", "False"])("are off with %s", (word) => {
    expect(parseFlags(operatorFlags, [`-enable-config-tracking=${word}`]).values["enable-config-tracking"]).toBe(false)
  })

  it("are switched on bare and leave the next word alone, which ends the flags", () => {
    expect(read("-quiet", "false", "-count=9")).toMatchObject({
      values: { quiet: true, count: 2 },
      rest: ["false", "-count=9"],
    })
  })

  it("end at -- and at a lone dash", () => {
    expect(read("-count=1", "--", "-quiet")).toMatchObject({ values: { quiet: false, count: 1 }, rest: ["-quiet"] })
    expect(read("-", "-quiet").rest).toEqual(["-", "-quiet"])
  })

  it.each([
    ["12", 12],
    ["-3", -3],
    ["0x10", 16],
    ["010", 8],
    ["0b11", 3],
  ])("read the number %s as Go does", (text, value) => {
    expect(read(`-count=${text}`).values.count).toBe(value)
  })

  it("read durations into milliseconds", () => {
    expect(read("-every=1m30s").values.every).toBe(90_000)
  })

  it.each([
    [["-nmae=x"], "flag provided but not defined: -nmae"],
    [["-constructor"], "flag provided but not defined: -constructor"],
    [["-name"], "flag needs an argument: -name"],
    [["---name"], "bad flag syntax: ---name"],
    [["-=x"], "bad flag syntax: -=x"],
    [["-quiet=yes"], 'invalid boolean value "yes" for -quiet: parse error'],
    [["-count=many"], 'invalid value "many" for flag -count: parse error'],
    [["-count=99999999999999999999"], 'invalid value "99999999999999999999" for flag -count: value out of range'],
    [["-every=10"], 'invalid value "10" for flag -every: parse error'],
  ])("are refused in Go's words: %j", (args, text) => expect(refusal(...args)).toBe(text))

  it.each(["-h", "--help", "-help"])("ask for help with %s", (flag) => expect(read(flag).helpWanted).toBe(true))

  it("of klog are accepted beside the operator's", () => {
    const args = ["-v=4", "-logtostderr", "-stderrthreshold", "INFO", "-log_file_max_size=10", "-port=9090"]
    expect(parseFlags({ ...operatorFlags, ...klogFlags }, args).values.port).toBe("9090")
  })
})

it("shows every flag with its type and default in the usage", () => {
  expect(usageOf("flagger operator", table)).toBe(
    [
      "Usage of flagger operator:",
      "  -name string",
      '    \tA name (default "web")',
      "  -count int",
      "    \tA number (default 2)",
      "  -quiet",
      "    \tSay less",
      "  -every duration",
      "    \tA time (default 10s)",
      "",
    ].join("\n"),
  )
})

it("names every flag of the original operator", () => {
  expect(Object.keys(operatorFlags).toSorted()).toEqual(
    [
      ..."kubeconfig master kubeconfig-qps kubeconfig-burst kubeconfig-service-mesh metrics-server".split(" "),
      ..."control-loop-interval log-level zap-encoding zap-replace-globals port slack-url slack-token".split(" "),
      ..."slack-proxy-url slack-channel slack-user msteams-url msteams-proxy-url event-webhook".split(" "),
      ..."include-label-prefix threadiness namespace mesh-provider selector-labels".split(" "),
      ..."ingress-annotations-prefix ingress-class enable-leader-election leader-election-namespace".split(" "),
      ..."enable-config-tracking cluster-name no-cross-namespace-refs version".split(" "),
    ].toSorted(),
  )
})
