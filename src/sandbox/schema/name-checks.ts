type NameCheck = (text: string) => readonly string[]

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
const qualified = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"

const labelText = `a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '${label}')`
const subdomainText = `a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '${label}(\\.${label})*')`
const label1035Text =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const valueText = `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(${qualified})?')`
const qualifiedText = `must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '${qualified}')`

const whole = (pattern: string): RegExp => new RegExp(`^(?:${pattern})$`)

const named =
  (pattern: RegExp, refusal: string, most: number): NameCheck =>
  (text) => [
    ...(Buffer.byteLength(text) > most ? [`must be no more than ${most} bytes`] : []),
    ...(pattern.test(text) ? [] : [refusal]),
  ]

/** Of a prefix, the last character does not count. */
const prefix =
  (check: NameCheck): NameCheck =>
  (text) =>
    check(text.length > 1 && text.endsWith("-") ? `${text.slice(0, -2)}a` : text)

export const isDns1123Label = named(whole(label), labelText, 63)
export const isDns1123Subdomain = named(whole(`${label}(\\.${label})*`), subdomainText, 253)
export const isDns1035Label = named(whole("[a-z]([-a-z0-9]*[a-z0-9])?"), label1035Text, 63)

const namePart = (text: string): string[] => {
  if (text === "") return ["name part must be non-empty", `name part ${qualifiedText}`]
  return [
    ...(text.length > 63 ? ["name part must be no more than 63 bytes"] : []),
    ...(whole(qualified).test(text) ? [] : [`name part ${qualifiedText}`]),
  ]
}

export function isQualifiedName(text: string): readonly string[] {
  const parts = text.split("/")
  if (parts.length === 1) return namePart(text)
  if (parts.length > 2) {
    return [
      `a qualified name ${qualifiedText} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]
  }
  const [before, name] = parts as [string, string]
  const start =
    before === "" ? ["prefix part must be non-empty"] : isDns1123Subdomain(before).map((why) => `prefix part ${why}`)
  return [...start, ...namePart(name)]
}

export const isLabelValue = named(whole(`(${qualified})?`), valueText, 63)

/** Why a text is not such a name; nothing when it is. */
export const nameChecks: Readonly<Record<string, NameCheck>> = {
  dns1123Label: isDns1123Label,
  dns1123Subdomain: isDns1123Subdomain,
  dns1035Label: isDns1035Label,
  qualifiedName: isQualifiedName,
  dns1123LabelPrefix: prefix(isDns1123Label),
  dns1123SubdomainPrefix: prefix(isDns1123Subdomain),
  dns1035LabelPrefix: prefix(isDns1035Label),
  labelValue: isLabelValue,
}
