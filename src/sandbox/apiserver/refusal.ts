import { goQuote } from "#core/text/go-quote.ts"
import { ApiError } from "#kube/contract.ts"
import type { FieldProblem, ProblemType } from "../schema/schema.ts"

/** What the server says no to, and why, in the words of its API. */
export interface Details {
  name?: string
  group?: string
  kind?: string
  uid?: string
  causes?: Cause[]
  retryAfterSeconds?: number
}
export interface Cause {
  reason?: string
  message: string
  field?: string
}

export class Refusal extends ApiError {
  readonly details: Details | undefined
  constructor(status: number, reason: string, message: string, details?: Details) {
    super(message, status, reason)
    this.details = details
  }
}

/** What a refusal is about: a resource as it is served, such as `deployments` of `apps`. */
export interface About {
  group: string
  plural: string
  kind: string
}

const qualified = (group: string, word: string): string => (group ? `${word}.${group}` : word)

export const badRequest = (message: string): Refusal => new Refusal(400, "BadRequest", message)

export const unauthorized = (): Refusal => new Refusal(401, "Unauthorized", "Unauthorized")

export const noSuchPath = (): Refusal =>
  new Refusal(404, "NotFound", "the server could not find the requested resource", {})

export const notFound = ({ group, plural }: Pick<About, "group" | "plural">, name: string): Refusal =>
  new Refusal(404, "NotFound", `${qualified(group, plural)} "${name}" not found`, detailsOf(group, plural, name))

export const alreadyExists = ({ group, plural }: About, name: string, isGoing = false): Refusal =>
  new Refusal(
    409,
    "AlreadyExists",
    `${isGoing ? "object is being deleted: " : ""}${qualified(group, plural)} "${name}" already exists`,
    detailsOf(group, plural, name),
  )

export const conflict = (
  { group, plural }: About,
  name: string,
  why = "the object has been modified; please apply your changes to the latest version and try again",
): Refusal =>
  new Refusal(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(group, plural)} "${name}": ${why}`,
    detailsOf(group, plural, name),
  )

export const forbidden = (
  { group, plural }: Pick<About, "group" | "plural">,
  name: string,
  why: string,
  causes?: Cause[],
): Refusal =>
  new Refusal(403, "Forbidden", `${qualified(group, plural)}${name ? ` "${name}"` : ""} is forbidden: ${why}`, {
    ...detailsOf(group, plural, name),
    ...(causes ? { causes } : {}),
  })

export const methodNotAllowed = (): Refusal =>
  new Refusal(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {})

export const notAcceptable = (): Refusal =>
  new Refusal(
    406,
    "NotAcceptable",
    "only the following media types are accepted: application/json, application/yaml, application/json;stream=watch",
  )

export const tooOld = (asked: string, oldest: string): Refusal =>
  new Refusal(410, "Expired", `too old resource version: ${asked} (${oldest})`)

export const continueExpired = (): Refusal =>
  new Refusal(
    410,
    "Expired",
    "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter.",
  )

export const unsupportedMediaType = (message: string): Refusal => new Refusal(415, "UnsupportedMediaType", message)

/** The reasons of causes, as the API calls them. */
const causeReasons: Record<ProblemType, string> = {
  "Required value": "FieldValueRequired",
  "Invalid value": "FieldValueInvalid",
  "Unsupported value": "FieldValueNotSupported",
  "Duplicate value": "FieldValueDuplicate",
  "Not found": "FieldValueNotFound",
  Forbidden: "FieldValueForbidden",
  "Too long": "FieldValueTooLong",
  "Too many": "FieldValueTooMany",
}

/** An object whose fields are wrong. */
export function invalid(
  { group, kind }: Pick<About, "group" | "kind">,
  name: string,
  problems: FieldProblem[],
): Refusal {
  const texts = [...new Set(problems.map((problem) => `${problem.field}: ${withoutField(problem)}`))]
  const list = texts.length === 1 ? texts[0] : `[${texts.join(", ")}]`
  const causes = problems.map((problem) => ({
    reason: problem.isWrongType ? "FieldValueTypeInvalid" : causeReasons[problem.type],
    message: withoutField(problem),
    field: problem.field,
  }))
  return new Refusal(422, "Invalid", `${qualified(group, kind)} "${name}" is invalid: ${list}`, {
    ...detailsOf(group, kind, name),
    causes,
  })
}

const valueless: ReadonlySet<ProblemType> = new Set(["Required value", "Forbidden", "Too long"])

function withoutField({ type, value, detail }: FieldProblem): string {
  const shown = valueless.has(type) || value === undefined ? "" : `: ${shownValue(value)}`
  return `${type}${shown}${detail ? `: ${detail}` : ""}`
}

const shownValue = (value: unknown): string => (typeof value === "string" ? goQuote(value) : JSON.stringify(value))

function detailsOf(group: string, kind: string, name: string): Details {
  return { ...(name ? { name } : {}), ...(group ? { group } : {}), kind }
}

/** As it travels. */
export function statusOf(error: unknown): { apiVersion: "v1"; kind: "Status" } & Record<string, unknown> {
  const known = error instanceof ApiError
  const code = known ? error.status : 500
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message: error instanceof Error ? error.message : String(error),
    reason: known ? error.reason : "InternalError",
    ...(error instanceof Refusal && error.details ? { details: error.details } : {}),
    code,
  }
}
