/** What a text may be, and what the API server says when it is not that: nothing when all is well. */
export type TextRule = (text: string) => string[]

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`
const QUALIFIED = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

interface Form {
  pattern: string
  says: string
  examples: string[]
  longest?: number
}

const matches = (pattern: string, text: string): boolean => new RegExp(`^(?:${pattern})$`).test(text)

const patternText = ({ says, examples, pattern }: Form): string =>
  `${says} (e.g. ${examples.map((one) => `'${one}', `).join(" or ")}regex used for validation is '${pattern}')`

const tooLong = (longest: number): string => `must be no more than ${longest} characters`

const inForm =
  (form: Form): TextRule =>
  (text) => [
    ...(form.longest && text.length > form.longest ? [tooLong(form.longest)] : []),
    ...(matches(form.pattern, text) ? [] : [patternText(form)]),
  ]

export const subdomain = inForm({
  pattern: SUBDOMAIN,
  says: "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  examples: ["example.com"],
  longest: 253,
})

const anyLabel = inForm({
  pattern: LABEL,
  says: "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  examples: ["my-name", "123-abc"],
  longest: 63,
})

export const label: TextRule = (text) =>
  !matches(LABEL, text) && matches(SUBDOMAIN, text)
    ? [...(text.length > 63 ? [tooLong(63)] : []), "must not contain dots"]
    : anyLabel(text)

export const wildcardSubdomain = inForm({
  pattern: `\\*\\.${SUBDOMAIN}`,
  says: "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  examples: ["*.example.com"],
  longest: 253,
})

export const percent = inForm({
  pattern: "[0-9]+%",
  says: "a valid percent string must be a numeric string followed by an ending '%'",
  examples: ["1%", "93%"],
})

export const headerName = inForm({
  pattern: "[-A-Za-z0-9]+",
  says: "a valid HTTP header must consist of alphanumeric characters or '-'",
  examples: ["X-Header-Name"],
})

const configKeyForm = inForm({
  pattern: "[-._a-zA-Z0-9]+",
  says: "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  examples: ["key.name", "KEY_NAME", "key-name"],
  longest: 253,
})

/** Keys become names of files. */
export const configKey: TextRule = (text) => [...configKeyForm(text), ...wayUp(text)]

function wayUp(text: string): string[] {
  if (text === "." || text === "..") return [`must not be '${text}'`]
  return text.startsWith("..") ? ["must not start with '..'"] : []
}

export const labelValue: TextRule = (text) => [
  ...(text.length > 63 ? ["must be no more than 63 bytes"] : []),
  ...(matches(`(${QUALIFIED})?`, text)
    ? []
    : [
        patternText({
          pattern: `(${QUALIFIED})?`,
          says: "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
          examples: ["MyValue", "my_value", "12345"],
        }),
      ]),
]

const qualifiedForm: Form = {
  pattern: QUALIFIED,
  says: "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  examples: ["MyName", "my.name", "123-abc"],
}

/** Keys of labels, and whatever else may have a domain before a slash. */
export function qualifiedName(text: string): string[] {
  const parts = text.split("/")
  if (parts.length > 2) {
    return [
      `a valid label key ${patternText(qualifiedForm)} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const name = parts.at(-1)!
  const prefix = parts.length === 2 ? parts[0] : undefined
  const prefixProblems = prefix === "" ? ["must be non-empty"] : prefix ? subdomain(prefix) : []
  return [
    ...prefixProblems.map((problem) => `prefix part ${problem}`),
    ...(name === "" ? ["name part must be non-empty"] : []),
    ...(name.length > 63 ? ["name part must be no more than 63 bytes"] : []),
    ...(matches(QUALIFIED, name) ? [] : [`name part ${patternText(qualifiedForm)}`]),
  ]
}

export function pathSegment(text: string): string[] {
  if (text === "." || text === "..") return [`may not be '${text}'`]
  return ["/", "%"].filter((sign) => text.includes(sign)).map((sign) => `may not contain '${sign}'`)
}

export const portName: TextRule = (text) => [
  ...(text.length > 15 ? [tooLong(15)] : []),
  ...(/^[-a-z0-9]+$/.test(text) ? [] : ["must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)"]),
  ...(/[a-z]/.test(text) ? [] : ["must contain at least one letter (a-z)"]),
  ...(text.includes("--") ? ["must not contain consecutive hyphens"] : []),
  ...(/^-|-$/.test(text) ? ["must not begin or end with a hyphen"] : []),
]

export const environmentName: TextRule = (text) =>
  /^[ -<>-~]*$/.test(text)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"]

export const portNumber = (port: number): string[] => within(port, 1, 65_535)

export const within = (value: number, from: number, to: number): string[] =>
  value >= from && value <= to ? [] : [`must be between ${from} and ${to}, inclusive`]
