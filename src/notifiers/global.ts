import { shownAddress } from "./address-problem.ts"
import type { NotifierOptions } from "./contract.ts"
import type { Receiver } from "./receiver.ts"
import { notifierFor } from "./registry.ts"

/** Values of the flags and of their environment variables, the latter having won. */
export interface GlobalNotifierSettings {
  slackUrl: string
  slackToken: string
  slackProxyUrl: string
  slackUser: string
  slackChannel: string
  msteamsUrl: string
  msteamsProxyUrl: string
}

/** Who gets the alerts of canaries that name nobody, and what to log about it at start. */
export interface GlobalNotifier {
  receiver?: Receiver
  info?: string
  error?: string
}

const LONG_ENOUGH_TO_SHOW = 30

export function globalNotifier(settings: GlobalNotifierSettings): GlobalNotifier {
  const { type, options } = chosen(settings)
  if (!options.address) return {}
  const notifier = notifierFor(type)
  const problem = notifier.problem(options)
  if (problem) return { error: `Notifier ${problem}` }
  const info =
    options.address.length > LONG_ENOUGH_TO_SHOW && `Notifications enabled for ${shownAddress(options.address)}`
  return { receiver: { notifier, options }, ...(info ? { info } : {}) }
}

/** Teams wins over Slack. */
function chosen(settings: GlobalNotifierSettings): { type: string; options: NotifierOptions } {
  const { slackUser: username, slackChannel: channel } = settings
  if (settings.msteamsUrl) {
    const { msteamsUrl: address, msteamsProxyUrl: proxy } = settings
    return { type: "msteams", options: { address, proxy, username, channel } }
  }
  const { slackUrl: address, slackToken: token, slackProxyUrl: proxy } = settings
  return { type: "slack", options: { address, token, proxy, username, channel } }
}
