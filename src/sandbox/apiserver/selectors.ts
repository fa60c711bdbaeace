import type { KubeObject } from "#api/objects.ts"
import { badRequest } from "./refusal.ts"

export type Matches = (object: KubeObject) => boolean

interface Requirement {
  key: string
  operator: "=" | "!=" | "in" | "notin" | "exists" | "!" | ">" | "<"
  values: readonly string[]
}

const LABEL_KEY = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const LABEL_VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const TOKEN = /\s*(!=|==|=|>|<|!|\(|\)|,|[^\s!=<>(),]+)/y

/** `app=web,tier in (a,b),!canary` */
export function labelSelector(text: string): Matches {
  const requirements = parsed(text)
  return ({ metadata }) => requirements.every((requirement) => holds(requirement, metadata.labels ?? {}))
}

function parsed(text: string): Requirement[] {
  const tokens = tokensOf(text)
  const requirements: Requirement[] = []
  let at = 0
  const next = () => tokens[at++]
  while (at < tokens.length) {
    requirements.push(requirement())
    if (at < tokens.length && next() !== ",")
      throw unparsable(`found '${tokens[at - 1]}', expected: ',' or 'end of string'`)
    else if (at === tokens.length && tokens[at - 1] === ",") {
      throw badRequest("found '', expected: identifier after ','")
    }
  }
  return requirements

  function requirement(): Requirement {
    if (tokens[at] === "!") {
      at++
      return { key: key(), operator: "!", values: [] }
    }
    const name = key()
    const operator = tokens[at]
    if (operator === undefined || operator === ",") return { key: name, operator: "exists", values: [] }
    at++
    if (operator === "in" || operator === "notin") return { key: name, operator, values: set() }
    if (operator === "=" || operator === "==") return { key: name, operator: "=", values: [value()] }
    if (operator === "!=" || operator === ">" || operator === "<") return { key: name, operator, values: [value()] }
    throw unparsable(`found '${operator}', expected: in, notin, =, ==, !=, gt, lt`)
  }

  function key(): string {
    const name = next() ?? ""
    if (!LABEL_KEY.test(name)) throw unparsable(`found '${name}', expected: !, identifier, or 'end of string'`)
    return name
  }

  function value(): string {
    const word = tokens[at]
    if (word === undefined || word === ",") return ""
    at++
    if (!LABEL_VALUE.test(word)) {
      throw badRequest(
        `unable to parse requirement: values[0][${tokens[at - 3] ?? ""}]: Invalid value: ${JSON.stringify(word)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
      )
    }
    return word
  }

  function set(): string[] {
    if (next() !== "(") throw unparsable(`found '${tokens[at - 1] ?? ""}', expected: '('`)
    const values: string[] = []
    while (tokens[at] !== ")") {
      if (at >= tokens.length) throw unparsable("found '', expected: ',' or ')'")
      values.push(value())
      if (tokens[at] === ",") at++
    }
    at++
    return values
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) tokens.push(found[1]!)
  return tokens
}

const unparsable = (why: string) => badRequest(`unable to parse requirement: ${why}`)

function holds({ key, operator, values }: Requirement, labels: Record<string, string>): boolean {
  const label = labels[key]
  switch (operator) {
    case "exists":
      return label !== undefined
    case "!":
      return label === undefined
    case "=":
    case "in":
      return label !== undefined && values.includes(label)
    case "!=":
    case "notin":
      return label === undefined || !values.includes(label)
    case ">":
      return label !== undefined && Number(label) > Number(values[0])
    case "<":
      return label !== undefined && Number(label) < Number(values[0])
  }
}

export type FieldLabels = (object: KubeObject) => Record<string, string>

const everywhere: FieldLabels = ({ metadata }) => ({
  "metadata.name": metadata.name,
  ...(metadata.namespace ? { "metadata.namespace": metadata.namespace } : {}),
})

/** `metadata.name=web,status.phase!=Running`; only fields that the kind allows. */
export function fieldSelector(
  text: string,
  about: { apiVersion: string; kind: string },
  labels?: FieldLabels,
): Matches {
  const allOf: FieldLabels = labels ? (object) => ({ ...everywhere(object), ...labels(object) }) : everywhere
  const known = allOf({ ...about, metadata: { name: "", namespace: "none" }, spec: {}, status: {} })
  const terms = text.split(",").filter(Boolean).map(termOf)
  for (const { field } of terms) {
    if (field in known) continue
    if (labels) throw badRequest(`field label not supported: ${field}`)
    throw badRequest(
      `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`,
    )
  }
  return (object) => {
    const values = allOf(object)
    return terms.every(({ field, value, equal }) => (values[field] === value) === equal)
  }
}

function termOf(term: string): { field: string; value: string; equal: boolean } {
  const found = /^([^!=]+)(==|!=|=)(.*)$/.exec(term)
  if (!found) throw badRequest(`invalid selector: '${term}'; can't understand '${term}'`)
  return { field: found[1]!, value: found[3]!, equal: found[2] !== "!=" }
}
