import type { KubeObject } from "#api/objects.ts"
import { invalid } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { oneOf, textProblems } from "../checks.ts"
import { labelValue, qualifiedName } from "../text-rules.ts"

type Fields = KubeObject["spec"]

export function tolerationProblems(
  { key, operator = "", value = "", effect = "", tolerationSeconds }: Fields,
  path: string,
): FieldProblem[] {
  return [
    ...(key ? textProblems(`${path}.key`, key, qualifiedName) : []),
    ...(!key && operator !== "Exists"
      ? [
          invalid(
            `${path}.operator`,
            operator,
            'operator must be Exists when `key` is empty, which means "match all values and all keys"',
          ),
        ]
      : []),
    ...(tolerationSeconds !== undefined && effect !== "NoExecute"
      ? [invalid(`${path}.effect`, effect, "effect must be 'NoExecute' when `tolerationSeconds` is set")]
      : []),
    ...operatorProblems(operator, value, path),
    ...(effect ? oneOf(`${path}.effect`, effect, ["NoSchedule", "PreferNoSchedule", "NoExecute"]) : []),
  ]
}

function operatorProblems(operator: string, value: string, path: string): FieldProblem[] {
  if (operator === "" || operator === "Equal") {
    const wrong = labelValue(value)
    return wrong.length > 0 ? [invalid(`${path}.operator`, value, wrong.join(";"))] : []
  }
  if (operator !== "Exists") return oneOf(`${path}.operator`, operator, ["Equal", "Exists"])
  return value ? [invalid(`${path}.operator`, value, "value must be empty when `operator` is 'Exists'")] : []
}
