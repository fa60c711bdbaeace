import type { Fields } from "./decode.ts"

/** Messages that JSON shows as something else than an object of their fields; nothing where it shows null. */
export const special: Readonly<Record<string, (fields: Fields) => unknown>> = {
  "meta.v1.Time": ({ seconds }) => (seconds === undefined ? undefined : `${dateText(seconds)}Z`),
  "meta.v1.MicroTime": ({ seconds, nanos }) =>
    seconds === undefined ? undefined : `${dateText(seconds)}.${microseconds(nanos)}Z`,
  "meta.v1.FieldsV1": ({ Raw }) => Raw,
  "runtime.RawExtension": ({ raw }) => raw,
  "resource.Quantity": ({ string = "0" }) => string,
  "intstr.IntOrString": ({ type, intVal = 0, strVal = "" }) => (type === 1 ? strVal : intVal),
  "authentication.v1.ExtraValue": ({ items = [] }) => items,
  "authorization.v1.ExtraValue": ({ items = [] }) => items,
  "apiextensions.v1.JSON": ({ raw }) => raw,
  "apiextensions.v1.JSONSchemaPropsOrArray": ({ schema, jSONSchemas }) => jSONSchemas ?? schema,
  "apiextensions.v1.JSONSchemaPropsOrBool": ({ schema, allows = false }) => schema ?? allows,
  "apiextensions.v1.JSONSchemaPropsOrStringArray": ({ schema, property }) => property ?? schema,
}

const dateText = (seconds: unknown): string => new Date(Number(seconds) * 1000).toISOString().slice(0, -5)

const microseconds = (nanos: unknown = 0): string => String(Math.trunc(Number(nanos) / 1000)).padStart(6, "0")
