import type { Phase } from "#api/canary.ts"

export type EventType = "Normal" | "Warning"
export type Severity = "info" | "warn" | "error"

/** One thing the operator tells people, in the order in which it is to be told. */
export type Say =
  | {
      event: string
      type: EventType
      /** Logged as an error, not only as information. */
      failure?: boolean
      /** Phase in the payload of the event webhook, where it differs from the phase the step began with. */
      phase?: Phase
      /** The payload describes the canary as it is after the step. */
      after?: boolean
      /** Told once per phase and revision, however often the step is repeated. */
      once?: boolean
    }
  | { alert: AlertText }

export interface AlertText {
  kind:
    | "initialized"
    | "revision"
    | "waiting"
    | "waiting-traffic"
    | "waiting-promotion"
    | "manual-rollback"
    | "threshold"
    | "deadline"
    | "failed"
    | "promotion-failed"
    | "succeeded"
    | "skipped"
  text: string
  severity: Severity
  /** Adds target, threshold, deadline and routing to the fields. */
  metadata?: boolean
}

export interface AlertField {
  name: string
  value: string
}

/** An alert as notifiers see it. */
export interface Alert extends Omit<AlertText, "metadata"> {
  canary: string
  namespace: string
  uid: string
  target: string
  phase: string
  revision: string
  cluster: string
  fields: AlertField[]
  timeMs: number
}

type Told = Omit<Extract<Say, { event: string }>, "event" | "type">
export const normal = (event: string, extra: Told = {}): Say => ({ event, type: "Normal", ...extra })
export const warning = (event: string, extra: Told = {}): Say => ({ event, type: "Warning", ...extra })
export const alertOf = (
  kind: AlertText["kind"],
  severity: Severity,
  text: string,
  extra: { metadata?: boolean } = {},
): Say => ({ alert: { kind, severity, text, ...extra } })
