import { describe, expect } from "vitest"
import { refusal } from "./http.ts"
import { it } from "./it.ts"
import { configMap, labelled, pod } from "./objects.ts"
import type { Space } from "./paths.ts"

const named = (space: Space, selector: string): string =>
  `${space.at("configmaps")}?labelSelector=${encodeURIComponent(selector)}`

const itOfLabels = it.extend("chosen", async ({ api, space }) => {
  const all = {
    plain: {},
    blue: { color: "blue" },
    green: { color: "green", size: "5" },
    red: { color: "red", size: "10" },
  }
  for (const [name, labels] of Object.entries(all)) await api.given(space.at("configmaps"), labelled(name, labels))
  return async (selector: string) =>
    (await api.read(named(space, selector))).items.map(({ metadata }: any) => metadata.name)
})

const choices: [selector: string, names: string[]][] = [
  ["", ["blue", "green", "plain", "red"]],
  ["color=blue", ["blue"]],
  ["color==blue", ["blue"]],
  ["color!=blue", ["green", "plain", "red"]],
  ["color", ["blue", "green", "red"]],
  ["!color", ["plain"]],
  ["color in (blue, red)", ["blue", "red"]],
  ["color notin (blue,red)", ["green", "plain"]],
  ["color in (blue,red),size", ["red"]],
  ["size>5", ["red"]],
  ["size<10", ["green"]],
  ["color=purple", []],
  ["color=blue,color=red", []],
]

describe.concurrent("label selectors", () => {
  for (const [selector, names] of choices) {
    itOfLabels(`choose ${names.join(", ") || "nothing"} by "${selector}"`, async ({ chosen }) => {
      expect(await chosen(selector)).toEqual(names)
    })
  }

  const mistakes = {
    "color in (blue": "unable to parse requirement: found '', expected: ',' or ')'",
    "color !! blue": "unable to parse requirement: found '!', expected: in, notin, =, ==, !=, gt, lt",
    "color=blue,": "found '', expected: identifier after ','",
  }
  for (const [selector, text] of Object.entries(mistakes)) {
    it(`are refused when they cannot be read: "${selector}"`, async ({ api, space }) => {
      expect(await api.get(named(space, selector))).toMatchObject(refusal(400, "BadRequest", text))
    })
  }

  it("are refused when keys or values are no labels", async ({ api, space }) => {
    const { status, body } = await api.get(named(space, "color=no way!"))
    expect({ status, reason: body.reason }).toEqual({ status: 400, reason: "BadRequest" })
  })
})

describe.concurrent("field selectors", () => {
  const chosen = async (path: string, selector: string, api: any) =>
    (await api.read(`${path}?fieldSelector=${encodeURIComponent(selector)}`)).items.map(
      (item: any) => item.metadata.name,
    )

  it("choose by name and namespace", async ({ api, space }) => {
    for (const name of ["a", "b"]) await api.given(space.at("configmaps"), configMap(name))
    expect(await chosen(space.at("configmaps"), "metadata.name=a", api)).toEqual(["a"])
    expect(await chosen(space.at("configmaps"), "metadata.name!=a", api)).toEqual(["b"])
    expect(await chosen("/api/v1/configmaps", `metadata.namespace=${space.name},metadata.name=b`, api)).toEqual(["b"])
    expect(await chosen(space.at("configmaps"), "metadata.namespace=elsewhere", api)).toEqual([])
  })

  it("choose pods by node and phase", async ({ api, space }) => {
    await api.given(space.at("pods"), pod("here", { nodeName: "here" }))
    await api.given(space.at("pods"), pod("there", { nodeName: "there" }))
    expect(await chosen(space.at("pods"), "spec.nodeName=here", api)).toEqual(["here"])
    expect(await chosen(space.at("pods"), "status.phase=Failed", api)).toEqual([])
    expect(await chosen(space.at("pods"), "spec.restartPolicy=Always,spec.nodeName=there", api)).toEqual(["there"])
  })

  it("choose secrets by type", async ({ api, space }) => {
    await api.given(space.at("secrets"), { metadata: { name: "a" } })
    await api.given(space.at("secrets"), { metadata: { name: "b" }, type: "shop/key" })
    expect(await chosen(space.at("secrets"), "type=shop/key", api)).toEqual(["b"])
  })

  it("choose namespaces by phase", async ({ api, space }) => {
    expect(await chosen("/api/v1/namespaces", "status.phase=Active", api)).toContain(space.name)
  })

  it("are refused for fields that are not told about", async ({ api, space }) => {
    const text = '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'
    expect(await api.get(`${space.at("configmaps")}?fieldSelector=spec.x=a`)).toMatchObject(
      refusal(400, "BadRequest", text),
    )
  })

  it("are refused for pods with another text", async ({ api, space }) => {
    const answer = await api.get(`${space.at("pods")}?fieldSelector=spec.x=a`)
    expect(answer).toMatchObject(refusal(400, "BadRequest", "field label not supported: spec.x"))
  })

  it("are refused when they cannot be read", async ({ api, space }) => {
    const text = "invalid selector: 'metadata.name'; can't understand 'metadata.name'"
    expect(await api.get(`${space.at("configmaps")}?fieldSelector=metadata.name`)).toMatchObject(
      refusal(400, "BadRequest", text),
    )
  })
})
