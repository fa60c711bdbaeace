import { describe, expect, it } from "vitest"
import { alertLike } from "#test/alerts.ts"
import { slack } from "./slack.ts"

const options = { address: "https://hooks.slack.com/services/T/B/X", channel: "general", username: "flagger" }
const bodyOf = (alert = alertLike()) => JSON.parse(slack.message(alert, options).body!)

describe("the message", () => {
  it("is what Slack's webhooks take", () => {
    const { method, url, headers, body } = slack.message(alertLike(), options)
    expect({ method, url, headers }).toEqual({ method: "POST", url: options.address, headers: undefined })
    expect(body).toBe(
      '{"channel":"general","username":"flagger","icon_url":"","icon_emoji":":rocket:",' +
        '"attachments":[{"color":"danger","author_name":"podinfo.test","text":"Failed checks threshold reached 5",' +
        '"mrkdwn_in":["text"],"fields":[{"title":"Cluster","value":"c1","short":false}]}]}',
    )
  })

  it("carries a token where there is one", () => {
    expect(slack.message(alertLike(), { ...options, token: "xoxb" }).headers).toEqual({ authorization: "Bearer xoxb" })
  })

  it.each([
    ["error", "danger"],
    ["warn", "good"],
    ["info", "good"],
  ] as const)("of severity %s is %s", (severity, color) => {
    expect(bodyOf(alertLike({ severity })).attachments[0].color).toBe(color)
  })

  it("has an empty list of fields when there are none", () => {
    expect(bodyOf(alertLike({ fields: [] })).attachments[0].fields).toEqual([])
  })
})

describe("the options", () => {
  it.each([
    [{}, undefined],
    [{ username: "" }, "empty Slack username"],
    [{ channel: "" }, "empty Slack channel"],
    [{ address: "hooks.slack.com/services/T000/B000/secret" }, "invalid Slack hook URL hooks.slack.com/services/T000/"],
    [{ address: "ftp://me:secret@host/" }, "invalid Slack hook URL ftp://***@host/"],
    [{ address: "http://a b/" }, "invalid Slack hook URL http://a b/"],
  ])("changed by %o have the problem %j", (change, problem) => {
    expect(slack.problem({ ...options, ...change })).toBe(problem)
  })
})

describe("an answer", () => {
  it.each([
    ["ok", undefined],
    ['{"ok":true}', undefined],
    ['{"ok":false,"error":"channel_not_found"}', "channel_not_found"],
    ['{"ok":false}', "no reason given"],
    ["null", undefined],
    ["[]", undefined],
    ['"ok":false', undefined],
    ["", undefined],
  ])("of %j refuses because of %j", (body, refusal) => {
    expect(slack.refusal!(body)).toBe(refusal)
  })
})
