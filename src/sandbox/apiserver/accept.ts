import { notAcceptable } from "./refusal.ts"

/** In which form a client wants to see objects. */
export type Form = "object" | "metadata" | "table"

export interface Accepted {
  form: Form
  isYaml: boolean
  /** Other parameters of the chosen media type, such as `g` and `v`. */
  parameters: Readonly<Record<string, string>>
}

const forms: Readonly<Record<string, Form>> = {
  Table: "table",
  PartialObjectMetadata: "metadata",
  PartialObjectMetadataList: "metadata",
}

/** The first of the wanted media types that can be given. */
export function accepted(
  header: string | undefined,
  allowed: readonly Form[] = ["object", "metadata", "table"],
  mayBeYaml = true,
): Accepted {
  if (!header) return { form: "object", isYaml: false, parameters: {} }
  for (const part of header.split(",")) {
    const [type = "", ...rest] = part.trim().split(";")
    const parameters = Object.fromEntries(rest.map((text) => text.trim().split("=") as [string, string]))
    const isYaml = mayBeYaml && type === "application/yaml"
    if (!isYaml && !["application/json", "application/*", "*/*"].includes(type)) continue
    const form = parameters["as"] === undefined ? "object" : forms[parameters["as"]]
    if (form && allowed.includes(form)) return { form, isYaml, parameters }
  }
  throw notAcceptable()
}
