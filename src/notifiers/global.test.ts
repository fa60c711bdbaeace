import { describe, expect, it } from "vitest"
import { globalNotifier, type GlobalNotifierSettings } from "./global.ts"
import { msteams } from "./msteams.ts"
import { slack } from "./slack.ts"

const nothing: GlobalNotifierSettings = {
  slackUrl: "",
  slackToken: "",
  slackProxyUrl: "",
  slackUser: "flagger",
  slackChannel: "",
  msteamsUrl: "",
  msteamsProxyUrl: "",
}
const slackUrl = "https://hooks.slack.com/services/T000/B000/secret"

describe("the global notifier", () => {
  it("is nobody, and nothing is said about it, without an address", () => {
    expect(globalNotifier({ ...nothing, slackChannel: "ops" })).toEqual({})
  })

  it("is Slack with its own token and proxy", () => {
    const settings = {
      ...nothing,
      slackUrl,
      slackChannel: "ops",
      slackToken: "t",
      slackProxyUrl: "p",
      msteamsProxyUrl: "q",
    }
    expect(globalNotifier(settings)).toEqual({
      receiver: {
        notifier: slack,
        options: { address: slackUrl, channel: "ops", username: "flagger", token: "t", proxy: "p" },
      },
      info: "Notifications enabled for https://hooks.slack.com/servic",
    })
  })

  it("is Teams when both are set", () => {
    const settings = { ...nothing, slackUrl, msteamsUrl: "https://host/", msteamsProxyUrl: "q", slackToken: "t" }
    expect(globalNotifier(settings)).toEqual({
      receiver: {
        notifier: msteams,
        options: { address: "https://host/", proxy: "q", username: "flagger", channel: "" },
      },
    })
  })

  it.each([
    [{ slackChannel: "" }, "Notifier empty Slack channel"],
    [{ slackUser: "" }, "Notifier empty Slack username"],
    [{ slackUrl: "hooks" }, "Notifier invalid Slack hook URL hooks"],
    [{ msteamsUrl: "teams" }, "Notifier invalid MS Teams webhook URL teams"],
  ])("with %o is nobody, and the log says why", (change, error) => {
    expect(globalNotifier({ ...nothing, slackUrl, slackChannel: "ops", ...change })).toEqual({ error })
  })
})
