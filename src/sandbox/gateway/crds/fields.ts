import type { Schema } from "../../schema/schema.ts"

type More = Omit<Schema, "type" | "properties" | "items" | "description">

export const text = (description: string, more: More = {}): Schema => ({ type: "string", description, ...more })
export const flag = (description: string): Schema => ({ type: "boolean", description })
export const whole = (description: string, minimum: number, maximum?: number, more: More = {}): Schema => ({
  type: "integer",
  format: "int32",
  description,
  minimum,
  ...(maximum === undefined ? {} : { maximum }),
  ...more,
})
/** A list that is replaced as a whole. */
export const list = (description: string, items: Schema, maxItems: number, more: More = {}): Schema => ({
  type: "array",
  description,
  items,
  maxItems,
  "x-kubernetes-list-type": "atomic",
  ...more,
})
/** A list without an order; applying merges it by what makes its items different. */
export const keyed = (key: string, description: string, items: Schema, maxItems: number, more: More = {}): Schema =>
  list(description, items, maxItems, { "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": [key], ...more })
export const set = (description: string, items: Schema, maxItems: number, more: More = {}): Schema =>
  list(description, items, maxItems, { "x-kubernetes-list-type": "set", ...more })
/** Fields whose names end in `!` are required. */
export function object(description: string, fields: Record<string, Schema>, more: More = {}): Schema {
  const required = Object.keys(fields).filter((name) => name.endsWith("!"))
  return {
    type: "object",
    description,
    ...(required.length > 0 ? { required: required.map(plain) } : {}),
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [plain(name), field])),
    ...more,
  }
}
const plain = (name: string): string => name.replace("!", "")

export const rules = (...pairs: [rule: string, message: string][]): More => ({
  "x-kubernetes-validations": pairs.map(([rule, message]) => ({ rule, message })),
})

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`

export const hostname = (description: string): Schema =>
  text(description, { minLength: 1, maxLength: 253, pattern: `^(\\*\\.)?${SUBDOMAIN}$` })
export const preciseHostname = (description: string): Schema =>
  text(description, { minLength: 1, maxLength: 253, pattern: `^${SUBDOMAIN}$` })
export const sectionName = preciseHostname
export const objectName = (description: string): Schema => text(description, { minLength: 1, maxLength: 253 })
export const namespace = (description: string): Schema =>
  text(description, { minLength: 1, maxLength: 63, pattern: `^${LABEL}$` })
export const group = (more: More = {}): Schema =>
  text("API group; empty for the core group.", { maxLength: 253, pattern: `^$|^${SUBDOMAIN}$`, ...more })
export const kind = (more: More = {}): Schema =>
  text("Kind of the object.", {
    minLength: 1,
    maxLength: 63,
    pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$",
    ...more,
  })
export const port = (description: string): Schema => whole(description, 1, 65_535)
export const headerName = (description: string): Schema =>
  text(description, { minLength: 1, maxLength: 256, pattern: "^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$" })
export const duration = (description: string): Schema => text(description, { pattern: "^([0-9]{1,5}(h|m|s|ms)){1,4}$" })
export const controllerName = (description: string, more: More = {}): Schema =>
  text(description, {
    minLength: 1,
    maxLength: 253,
    pattern: `^${SUBDOMAIN}\\/[A-Za-z0-9\\/\\-._~%!$&'()*+,;=:]+$`,
    ...more,
  })
/** Exact by default. */
export const matchType = (): Schema =>
  text("How the value is compared.", { enum: ["Exact", "RegularExpression"], default: "Exact" })

export const labelSelector = (description: string): Schema =>
  object(
    description,
    {
      matchLabels: {
        type: "object",
        description: "Labels and the values they must have.",
        additionalProperties: { type: "string" },
      },
      matchExpressions: {
        type: "array",
        description: "Conditions on labels; all must hold.",
        "x-kubernetes-list-type": "atomic",
        items: object("A condition on one label.", {
          "key!": text("Name of the label."),
          "operator!": text("In, NotIn, Exists or DoesNotExist."),
          values: {
            type: "array",
            description: "Values that In and NotIn compare with.",
            "x-kubernetes-list-type": "atomic",
            items: { type: "string" },
          },
        }),
      },
    },
    { "x-kubernetes-map-type": "atomic" },
  )

export const conditions = (more: More = {}): Schema =>
  keyed(
    "type",
    "What holds, and since when.",
    object("One statement of the controller.", {
      "type!": text("What it is about.", {
        maxLength: 316,
        pattern: `^(${SUBDOMAIN}/)?(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])$`,
      }),
      "status!": text("Whether it holds.", { enum: ["True", "False", "Unknown"] }),
      "reason!": text("Why, in one word.", {
        minLength: 1,
        maxLength: 1024,
        pattern: "^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$",
      }),
      "message!": text("Why, for people.", { maxLength: 32_768 }),
      "lastTransitionTime!": text("When the status last changed.", { format: "date-time" }),
      observedGeneration: {
        type: "integer",
        format: "int64",
        minimum: 0,
        description: "The generation of the object that it is about.",
      },
    }),
    8,
    more,
  )

/** What a status says before any controller has seen the object. */
export const pending = (...types: string[]): unknown[] =>
  types.map((type) => ({
    type,
    status: "Unknown",
    reason: "Pending",
    message: "Waiting for controller",
    lastTransitionTime: "1970-01-01T00:00:00Z",
  }))
