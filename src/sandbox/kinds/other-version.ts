import { familyOf } from "../apiserver/catalogue.ts"
import { apiVersionOf, type Conversion, type Resource, type Rules } from "../apiserver/resource.ts"
import { schemaOf } from "./schemas.ts"
import { toStoredForm } from "./stored-form.ts"

interface VersionFacts extends Conversion {
  group: string
  version: string
  /** What only this version forbids, and how its fields are called in selectors. */
  rules?: Rules
}

/** Another version of a kind, which shows the same objects. Its conversion need not care about versions and empty fields. */
export function otherVersion(stored: Resource, facts: VersionFacts): Resource {
  const { group, version, rules = {} } = facts
  const schema = schemaOf(group, version, stored.kind)
  const conversion: Conversion = {
    fromStored(object) {
      const own = structuredClone({ ...facts.fromStored(object), apiVersion: apiVersionOf(facts) })
      toStoredForm(schema, own)
      return own
    },
    toStored: (object) => ({ ...facts.toStored(object), apiVersion: apiVersionOf(stored) }),
  }
  return {
    ...stored,
    group,
    version,
    schema,
    family: familyOf(stored),
    columns: stored.columns.map((column) => ({
      ...column,
      cell: (object, nowMs) => column.cell(conversion.toStored(object), nowMs),
    })),
    rules,
    conversion,
  }
}
