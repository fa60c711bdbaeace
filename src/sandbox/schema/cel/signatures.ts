import { listOf, mapOf, type RuleType, types } from "./types.ts"

export interface Signature {
  target?: RuleType
  args: readonly RuleType[]
  result: RuleType
}

const kubernetes = (name: string): RuleType => ({ kind: "plain", name: `kubernetes.${name}` })

const named: Readonly<Record<string, RuleType>> = {
  ...types,
  url: kubernetes("URL"),
  quantity: kubernetes("Quantity"),
  ip: { kind: "plain", name: "net.IP" },
  cidr: { kind: "plain", name: "net.CIDR" },
  format: kubernetes("NamedFormat"),
  semver: kubernetes("Semver"),
}

const comparable = ["bool", "int", "uint", "double", "string", "bytes", "timestamp", "duration"]
const numeric = ["int", "uint", "double"]
const comparisons = [
  ...comparable.map((type) => `(${type},${type})bool`),
  ...numeric.flatMap((one) => numeric.filter((other) => other !== one).map((other) => `(${one},${other})bool`)),
].join(" ")
const sameNumber = numeric.map((type) => `(${type},${type})${type}`).join(" ")
const ofTime = "timestamp.()int timestamp.(string)int"

/** Functions by name, with each way to call them: what stands before the dot, the arguments, the result. */
const lines = `
_==_ _!=_: (A,A)bool
_<_ _<=_ _>_ _>=_: ${comparisons}
!_ @not_strictly_false: (bool)bool
-_: (int)int (double)double
_+_: ${sameNumber} (string,string)string (bytes,bytes)bytes (list(A),list(A))list(A) (timestamp,duration)timestamp (duration,timestamp)timestamp (duration,duration)duration
_-_: ${sameNumber} (timestamp,timestamp)duration (timestamp,duration)timestamp (duration,duration)duration
_*_ _/_: ${sameNumber}
_%_: (int,int)int (uint,uint)uint
@in: (A,list(A))bool (A,map(A,B))bool
_[_]: (list(A),int)A (map(A,B),A)B
_?_:_: (bool,A,A)A
size: (string)int (bytes)int (list(A))int (map(A,B))int string.()int bytes.()int list(A).()int map(A,B).()int
type: (A)type
dyn: (A)dyn
int: (int)int (uint)int (double)int (string)int (timestamp)int (duration)int
uint: (int)uint (uint)uint (double)uint (string)uint
double: (int)double (uint)double (double)double (string)double
bool: (bool)bool (string)bool
string: (string)string (bool)string (int)string (uint)string (double)string (bytes)string (timestamp)string (duration)string (ip)string (cidr)string
bytes: (bytes)bytes (string)bytes
timestamp: (string)timestamp (int)timestamp (timestamp)timestamp
duration: (string)duration (int)duration (duration)duration
startsWith endsWith contains: string.(string)bool
matches: string.(string)bool (string,string)bool
getFullYear getMonth getDayOfYear getDayOfMonth getDate getDayOfWeek: ${ofTime}
getHours getMinutes getSeconds getMilliseconds: ${ofTime} duration.()int
charAt: string.(int)string
indexOf lastIndexOf: string.(string)int string.(string,int)int list(A).(A)int
lowerAscii upperAscii trim: string.()string
replace: string.(string,string)string string.(string,string,int)string
split: string.(string)list(string) string.(string,int)list(string)
substring: string.(int)string string.(int,int)string
join: list(string).()string list(string).(string)string
format: string.(list(dyn))string
strings.quote: (string)string
find: string.(string)string
findAll: string.(string)list(string) string.(string,int)list(string)
isSorted: list(A).()bool
sum min max: list(A).()A
slice: list(A).(int,int)list(A)
flatten: list(list(A)).()list(A) list(dyn).(int)list(dyn)
distinct sort reverse: list(A).()list(A)
first last: list(A).()optional(A)
lists.range: (int)list(int)
sets.contains sets.equivalent sets.intersects: (list(A),list(A))bool
url: (string)url
isURL isIP isCIDR isQuantity ip.isCanonical: (string)bool
getScheme getHost getHostname getPort getEscapedPath: url.()string
getQuery: url.()map(string,list(string))
quantity: (string)quantity
sign: (quantity)int
isInteger: quantity.()bool
asInteger: quantity.()int
asApproximateFloat: quantity.()double
add sub: quantity.(quantity)quantity quantity.(int)quantity
isGreaterThan isLessThan: quantity.(quantity)bool semver.(semver)bool
compareTo: quantity.(quantity)int semver.(semver)int
semver: (string)semver (string,bool)semver
isSemver: (string)bool (string,bool)bool
major minor patch: semver.()int
ip: (string)ip cidr.()ip
family: ip.()int
isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast: ip.()bool
cidr: (string)cidr
containsIP: cidr.(string)bool cidr.(ip)bool
containsCIDR: cidr.(string)bool cidr.(cidr)bool
prefixLength: cidr.()int
masked: cidr.()cidr
format.named: (string)optional(format)
format.dns1123Label format.dns1123Subdomain format.dns1035Label format.qualifiedName format.dns1123LabelPrefix format.dns1123SubdomainPrefix format.dns1035LabelPrefix format.labelValue format.uri format.uuid format.byte format.date format.datetime: ()format
validate: format.(string)optional(list(string))
optional.of optional.ofNonZeroValue: (A)optional(A)
optional.none: ()optional(A)
hasValue: optional(A).()bool
value: optional(A).()A
orValue: optional(A).(A)A
or: optional(A).(optional(A))optional(A)
`

let byName: ReadonlyMap<string, readonly Signature[]> | undefined

export function signaturesOf(name: string): readonly Signature[] | undefined {
  byName ??= new Map(lines.trim().split("\n").flatMap(readLine))
  return byName.get(name)
}

function readLine(line: string): [string, readonly Signature[]][] {
  const [, names, ways] = /^(.*?): (.*)$/.exec(line)!
  const signatures = ways!.split(" ").map(readSignature)
  return names!.split(" ").map((name) => [name, signatures])
}

function readSignature(text: string): Signature {
  const [, target, rest] = /^(?:(.*)\.)?(\(.*)$/.exec(text)!
  const end = closing(rest!)
  return {
    ...(target ? { target: readType(target) } : {}),
    args: splitTypes(rest!.slice(1, end)).map(readType),
    result: readType(rest!.slice(end + 1)),
  }
}

function readType(text: string): RuleType {
  const [, name, inside] = /^(\w+)\((.*)\)$/.exec(text) ?? []
  if (!name) return /^[A-Z]$/.test(text) ? { kind: "parameter", name: text } : named[text]!
  const parts = splitTypes(inside!).map(readType)
  if (name === "list") return listOf(parts[0]!)
  return name === "map" ? mapOf(parts[0]!, parts[1]!) : { kind: "optional", of: parts[0]! }
}

function closing(text: string): number {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    if (text[at] === "(") depth++
    if (text[at] === ")" && --depth === 0) return at
  }
  return text.length
}

function splitTypes(text: string): string[] {
  if (text === "") return []
  const parts = [""]
  let depth = 0
  for (const letter of text) {
    if (letter === "(") depth++
    if (letter === ")") depth--
    if (letter === "," && depth === 0) parts.push("")
    else parts[parts.length - 1] += letter
  }
  return parts
}
