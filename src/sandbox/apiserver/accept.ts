import { notAcceptable } from "./refusal.ts"

/** In which form a client wants to see objects. */
export type Form = "object" | "metadata" | "table"

export interface Accepted {
  form: Form
  isYaml: boolean
}

const forms: Readonly<Record<string, Form>> = {
  Table: "table",
  PartialObjectMetadata: "metadata",
  PartialObjectMetadataList: "metadata",
}

/** The first of the wanted media types that can be given. */
export function accepted(header: string | undefined, { mayBeYaml } = { mayBeYaml: true }): Accepted {
  if (!header) return { form: "object", isYaml: false }
  for (const part of header.split(",")) {
    const [type = "", ...rest] = part.trim().split(";")
    const as = rest.map((text) => /^as=(.*)$/.exec(text.trim())?.[1]).find(Boolean)
    const isYaml = mayBeYaml && type === "application/yaml"
    if (!isYaml && !["application/json", "application/*", "*/*"].includes(type)) continue
    const form = as === undefined ? "object" : forms[as]
    if (form) return { form, isYaml }
  }
  throw notAcceptable()
}
