import type { Alert } from "#core/rollout/say.ts"
import { addressProblem } from "./address-problem.ts"
import type { Notifier } from "./contract.ts"

// Where Power Automate receives requests. Everything else, such as *.webhook.office.com and proxies, takes the older card.
const workflowHosts = [".logic.azure.com", ".logic.azure.us", ".api.powerplatform.com", ".api.powerplatform.us"]

export const msteams: Notifier = {
  type: "msteams",
  problem: ({ address }) => addressProblem("MS Teams webhook", address),
  message: (alert, { address }) => {
    const { hostname } = new URL(address)
    const isWorkflow = workflowHosts.some((suffix) => hostname.endsWith(suffix))
    return { method: "POST", url: address, body: JSON.stringify(isWorkflow ? adaptive(alert) : messageCard(alert)) }
  },
}

const subtitle = (alert: Alert): string => `${alert.canary}.${alert.namespace}`

const messageCard = (alert: Alert) => ({
  "@type": "MessageCard",
  "@context": "http://schema.org/extensions",
  themeColor: alert.severity === "error" ? "FF0000" : "0076D7",
  summary: subtitle(alert),
  sections: [{ activityTitle: alert.text, activitySubtitle: subtitle(alert), facts: alert.fields }],
})

const textColors = { error: "Attention", warn: "Warning", info: "Default" } as const

const adaptive = (alert: Alert) => ({
  type: "message",
  attachments: [{ contentType: "application/vnd.microsoft.card.adaptive", content: adaptiveCard(alert) }],
})

const adaptiveCard = (alert: Alert) => ({
  $schema: "http://adaptivecards.io/schemas/adaptive-card.json",
  type: "AdaptiveCard",
  version: "1.4",
  msteams: { width: "Full" },
  body: [
    { type: "TextBlock", text: subtitle(alert), weight: "Bolder", wrap: true },
    { type: "TextBlock", text: alert.text, color: textColors[alert.severity], wrap: true },
    ...factSet(alert),
  ],
})

/** A FactSet without facts is no valid card. */
const factSet = ({ fields }: Alert) =>
  fields.length > 0 ? [{ type: "FactSet", facts: fields.map(({ name, value }) => ({ title: name, value })) }] : []
