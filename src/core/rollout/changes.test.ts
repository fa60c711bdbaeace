import { describe, expect, it } from "vitest"
import { changeInMidRun, changeSinceSettled, isForeignRevision } from "./changes.ts"
import { snapshotOf, withStatus, worldOf } from "./world.test-support.ts"

describe("hashes of the original [fix 1]", () => {
  it.each(["5498f4fcd6", "7b9d769f9f", "4"])("are recognised: %s", (text) => expect(isForeignRevision(text)).toBe(true))
  it.each(["", undefined, "241889ca0604e333", "5498f4fcd65", "5498e4fcd6", "podinfo-00001"])("are not %j", (text) => {
    expect(isForeignRevision(text)).toBe(false)
  })
})

type Configs = Record<string, string> | undefined
const seen = (status: object, now: { revision?: string; configs?: Configs } = {}) => {
  const world = withStatus(worldOf(), { lastAppliedSpec: "r2", lastPromotedSpec: "r1", ...status })
  return snapshotOf({ ...world, target: { ...world.target, revision: "r2", ...now } })
}

describe("the target of a settled canary", () => {
  it.each([
    ["the revision that was judged last", {}, {}, "none"],
    ["another revision", {}, { revision: "r3" }, "new"],
    ["the promoted revision, after a good run", { phase: "Succeeded" }, { revision: "r1" }, "none"],
    ["the promoted revision, after a bad run", { phase: "Failed" }, { revision: "r1" }, "revert"],
    ["a revision, of a canary that has judged none", { lastAppliedSpec: undefined }, {}, "new"],
  ] as const)("with %s", (_, status, now, change) => expect(changeSinceSettled(seen(status, now))).toBe(change))
  it("with the promoted revision and other configs is a change", () => {
    const snapshot = seen(
      { trackedConfigs: { "configmap/a": "1" } },
      { revision: "r1", configs: { "configmap/a": "2" } },
    )
    expect(changeSinceSettled(snapshot)).toBe("new")
  })
  it("that is not there is nothing to release", () => {
    expect(changeSinceSettled({ ...seen({}), target: undefined })).toBe("none")
  })
})

describe("the target in mid-run", () => {
  it.each([
    ["the revision that is judged", "r2", "none"],
    ["a newer one", "r3", "new"],
    ["the promoted one", "r1", "withdrawn"],
  ] as const)("with %s", (_, revision, change) => expect(changeInMidRun(seen({}, { revision }))).toBe(change))
})

describe("configs", () => {
  const a = { "configmap/a": "1" }
  it.each<[string, Configs, Configs, string]>([
    ["that are the same", a, a, "none"],
    ["of which there were and are none", undefined, {}, "none"],
    ["of which one has another content", a, { "configmap/a": "2" }, "new"],
    ["of which one was replaced by another", a, { "secret/a": "1" }, "new"],
    ["that became more", a, { ...a, "secret/b": "1" }, "new"],
    ["that became fewer", { ...a, "secret/b": "1" }, a, "new"],
    ["that nobody has tracked before", undefined, a, "new"],
    ["that are not tracked any longer", a, undefined, "none"],
  ])("%s", (_, before, now, change) => {
    const snapshot = seen({ trackedConfigs: before }, { configs: now })
    expect([changeSinceSettled(snapshot), changeInMidRun(snapshot)]).toEqual([change, change])
  })
})
