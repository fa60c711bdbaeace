import type { Alert } from "#core/rollout/say.ts"
import { addressProblem } from "./address-problem.ts"
import type { Notifier } from "./contract.ts"

/** Incoming webhooks, and with a token the Web API's chat.postMessage. */
export const slack: Notifier = {
  type: "slack",
  problem: ({ address, username, channel }) => {
    const problem = addressProblem("Slack hook", address)
    if (problem) return problem
    if (!username) return "empty Slack username"
    return channel ? undefined : "empty Slack channel"
  },
  message: (alert, { address, channel, username, token }) => ({
    method: "POST",
    url: address,
    ...(token ? { headers: { authorization: `Bearer ${token}` } } : {}),
    body: JSON.stringify({
      channel,
      username,
      icon_url: "",
      icon_emoji: ":rocket:",
      attachments: [attachment(alert)],
    }),
  }),
  // The Web API answers 200 whatever happened; webhooks answer with a bare "ok".
  refusal: (body) => {
    const answer = parsed(body)
    return answer?.ok === false ? String(answer.error ?? "no reason given") : undefined
  },
}

const attachment = (alert: Alert) => ({
  color: alert.severity === "error" ? "danger" : "good",
  author_name: `${alert.canary}.${alert.namespace}`,
  text: alert.text,
  mrkdwn_in: ["text"],
  fields: alert.fields.map(({ name, value }) => ({ title: name, value, short: false })),
})

function parsed(body: string): { ok?: unknown; error?: unknown } | undefined {
  try {
    return JSON.parse(body) ?? undefined
  } catch {
    return undefined
  }
}
