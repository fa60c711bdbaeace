import { describe, expect, it } from "vitest"
import { alertLike } from "#test/alerts.ts"
import { msteams } from "./msteams.ts"

const optionsFor = (address: string) => ({ address, channel: "", username: "" })
const bodyFor = (address: string, alert = alertLike()) => JSON.parse(msteams.message(alert, optionsFor(address)).body!)
const workflow = "https://prod-1.westeurope.logic.azure.com:443/workflows/1/invoke?sig=x"

describe("a message card", () => {
  it.each(["https://team.webhook.office.com/webhookb2/1", "http://127.0.0.1:8080/", "https://logic.azure.com.test/"])(
    "goes to %s",
    (address) => {
      expect(bodyFor(address)).toEqual({
        "@type": "MessageCard",
        "@context": "http://schema.org/extensions",
        themeColor: "FF0000",
        summary: "podinfo.test",
        sections: [
          {
            activityTitle: "Failed checks threshold reached 5",
            activitySubtitle: "podinfo.test",
            facts: [{ name: "Cluster", value: "c1" }],
          },
        ],
      })
    },
  )

  it.each([
    ["error", "FF0000"],
    ["warn", "0076D7"],
    ["info", "0076D7"],
  ] as const)("of severity %s has the color %s", (severity, themeColor) => {
    expect(bodyFor("https://host/", alertLike({ severity })).themeColor).toBe(themeColor)
  })

  it("has an empty list of facts when there are no fields", () => {
    expect(bodyFor("https://host/", alertLike({ fields: [] })).sections[0].facts).toEqual([])
  })
})

describe("an adaptive card", () => {
  it.each([workflow, "https://default1.06.environment.api.powerplatform.com:443/powerautomate/x"])(
    "goes to %s",
    (address) => {
      expect(bodyFor(address)).toEqual({
        type: "message",
        attachments: [
          {
            contentType: "application/vnd.microsoft.card.adaptive",
            content: {
              $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
              type: "AdaptiveCard",
              version: "1.4",
              msteams: { width: "Full" },
              body: [
                { type: "TextBlock", text: "podinfo.test", weight: "Bolder", wrap: true },
                { type: "TextBlock", text: "Failed checks threshold reached 5", color: "Attention", wrap: true },
                { type: "FactSet", facts: [{ title: "Cluster", value: "c1" }] },
              ],
            },
          },
        ],
      })
    },
  )

  it.each([
    ["warn", "Warning"],
    ["info", "Default"],
  ] as const)("of severity %s has text in the color %s", (severity, color) => {
    expect(bodyFor(workflow, alertLike({ severity })).attachments[0].content.body[1].color).toBe(color)
  })

  it("has no facts when there are no fields", () => {
    expect(bodyFor(workflow, alertLike({ fields: [] })).attachments[0].content.body).toHaveLength(2)
  })
})

it("wants an address only", () => {
  expect(msteams.problem(optionsFor("https://host/"))).toBeUndefined()
  expect(msteams.problem(optionsFor("host"))).toBe("invalid MS Teams webhook URL host")
})
