import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { forbidden, invalid, required, tooLong } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { immutable, textProblems } from "../checks.ts"
import { age, name, text } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { configKey } from "../text-rules.ts"

const MOST_BYTES = 1024 * 1024

const configMap: Rules = {
  generationCounts: null,
  problems: (object, old) => {
    const { data = {}, binaryData = {} } = object
    return [
      ...frozenProblems(object, old, ["data", "binaryData"]),
      ...Object.keys(data).flatMap((key) => [
        ...textProblems(`data[${key}]`, key, configKey),
        ...(Object.hasOwn(binaryData, key)
          ? [invalid(`data[${key}]`, key, "duplicate of key present in binaryData")]
          : []),
      ]),
      ...Object.keys(binaryData).flatMap((key) => textProblems(`binaryData[${key}]`, key, configKey)),
      ...(textBytes(data) + binaryBytes(binaryData) > MOST_BYTES ? [tooLong("", MOST_BYTES)] : []),
    ]
  },
}

/** Once something is declared immutable it is so for good. */
function frozenProblems(object: KubeObject, old: KubeObject | undefined, fields: readonly string[]): FieldProblem[] {
  if (!old?.["immutable"]) return []
  const detail = "field is immutable when `immutable` is set"
  return [
    ...(object["immutable"] ? [] : [forbidden("immutable", detail)]),
    ...fields.filter((field) => !isDeepStrictEqual(object[field], old[field])).map((field) => forbidden(field, detail)),
  ]
}

const textBytes = (data: Record<string, string>): number =>
  Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), 0)

const binaryBytes = (data: Record<string, string>): number =>
  Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, "base64"), 0)

const secret: Rules = {
  generationCounts: null,
  defaults(object) {
    object["type"] ??= "Opaque"
    const { stringData, data } = object
    if (!stringData) return
    const encoded = Object.entries(stringData).map(([key, value]) => [
      key,
      Buffer.from(String(value)).toString("base64"),
    ])
    object["data"] = { ...data, ...Object.fromEntries(encoded) }
    delete object["stringData"]
  },
  problems: (object, old) => {
    const { data = {}, type } = object
    return [
      ...(old ? immutable("type", type, old["type"]) : []),
      ...frozenProblems(object, old, ["data"]),
      ...Object.keys(data).flatMap((key) => textProblems(`data[${key}]`, key, configKey)),
      ...(binaryBytes(data) > MOST_BYTES ? [tooLong("data", MOST_BYTES)] : []),
      ...typeProblems(object),
    ]
  },
  fieldLabels: ({ type }) => ({ type: type ?? "" }),
}

const ACCOUNT = "kubernetes.io/service-account.name"

/** What a secret of a well-known type must hold. */
function typeProblems({ metadata, data = {}, type }: KubeObject): FieldProblem[] {
  const missing = (...keys: string[]) => keys.filter((key) => !(key in data)).map((key) => required(`data[${key}]`))
  switch (type) {
    case "kubernetes.io/service-account-token":
      return metadata.annotations?.[ACCOUNT] ? [] : [required(`metadata.annotations[${ACCOUNT}]`)]
    case "kubernetes.io/dockercfg":
      return [...missing(".dockercfg"), ...jsonProblems(".dockercfg", data)]
    case "kubernetes.io/dockerconfigjson":
      return [...missing(".dockerconfigjson"), ...jsonProblems(".dockerconfigjson", data)]
    case "kubernetes.io/basic-auth":
      return "username" in data || "password" in data ? [] : missing("username", "password")
    case "kubernetes.io/ssh-auth":
      return data["ssh-privatekey"] ? [] : [required("data[ssh-privatekey]")]
    case "kubernetes.io/tls":
      return missing("tls.crt", "tls.key")
    default:
      return []
  }
}

function jsonProblems(key: string, data: Record<string, string>): FieldProblem[] {
  const value = data[key]
  if (value === undefined) return []
  try {
    JSON.parse(Buffer.from(value, "base64").toString())
    return []
  } catch (error) {
    const why = (error as Error).message
    return [invalid(`data[${key}]`, "<secret contents redacted>", why)]
  }
}

const size = (map: object | undefined): number => Object.keys(map ?? {}).length

export const configs = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "ConfigMap",
    plural: "configmaps",
    shortNames: ["cm"],
    columns: [
      name,
      text("Data", "How many values it has.", ({ data, binaryData }) => size(data) + size(binaryData)),
      age,
    ],
    rules: configMap,
  }),
  builtInKind({
    group: "",
    version: "v1",
    kind: "Secret",
    plural: "secrets",
    columns: [
      name,
      text("Type", "What the values are for.", ({ type }) => type),
      text("Data", "How many values it has.", ({ data }) => size(data)),
      age,
    ],
    rules: secret,
  }),
]
