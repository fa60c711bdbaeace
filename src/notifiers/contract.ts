import type { Alert } from "#core/rollout/say.ts"
import type { HttpRequest } from "#net/contract.ts"

export interface NotifierOptions {
  address: string
  channel: string
  username: string
  token?: string
  proxy?: string
}

/** Turns an alert into a request. Sending, proxies and retries are shared. */
export interface Notifier {
  readonly type: string
  /** What is wrong with the options; undefined when alerts can be sent. */
  problem(options: NotifierOptions): string | undefined
  message(alert: Alert, options: NotifierOptions): Omit<HttpRequest, "timeoutMs" | "proxy">
  /** Reads a failure out of a 2xx answer, such as Slack's `{"ok":false}`. */
  refusal?(body: string): string | undefined
}
