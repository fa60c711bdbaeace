import { isDeepStrictEqual } from "node:util"
import type { KubeObject } from "#api/objects.ts"
import type { Rules } from "../../apiserver/resource.ts"
import { invalid, required } from "../../schema/problem.ts"
import type { FieldProblem } from "../../schema/schema.ts"
import { each, oneOf, requiredText, textProblems } from "../checks.ts"
import { age, name, nameAndTime, text, wide } from "../columns.ts"
import { builtInKind } from "../kind.ts"
import { selectorProblems } from "../label-selector.ts"
import { pathSegment, subdomain } from "../text-rules.ts"

type Fields = KubeObject["spec"]

const GROUP = "rbac.authorization.k8s.io"

const role: Rules = {
  generationCounts: null,
  problems: ({ rules }) => each("rules", rules, (rule, path) => ruleProblems(rule, path, true)),
}

const clusterRole: Rules = {
  generationCounts: null,
  problems: ({ rules, aggregationRule }) => {
    const path = "aggregationRule.clusterRoleSelectors"
    return [
      ...each("rules", rules, (rule, path) => ruleProblems(rule, path, false)),
      ...(aggregationRule && !aggregationRule.clusterRoleSelectors?.length
        ? [required(path, "at least one clusterRoleSelector required if aggregationRule is non-nil")]
        : []),
      ...each(path, aggregationRule?.clusterRoleSelectors, (selector: Fields, at) => selectorProblems(at, selector)),
    ]
  },
}

function ruleProblems(rule: Fields, path: string, isNamespaced: boolean): FieldProblem[] {
  const { verbs, nonResourceURLs, apiGroups, resources, resourceNames } = rule
  const problems = verbs?.length ? [] : [required(`${path}.verbs`, "verbs must contain at least one value")]
  if (!nonResourceURLs?.length) {
    return [
      ...problems,
      ...(apiGroups?.length
        ? []
        : [required(`${path}.apiGroups`, "resource rules must supply at least one api group")]),
      ...(resources?.length ? [] : [required(`${path}.resources`, "resource rules must supply at least one resource")]),
    ]
  }
  const wrong = (detail: string) => invalid(`${path}.nonResourceURLs`, nonResourceURLs, detail)
  const hasResources = [apiGroups, resources, resourceNames].some((list) => list?.length)
  return [
    ...problems,
    ...(isNamespaced ? [wrong("namespaced rules cannot apply to non-resource URLs")] : []),
    ...(hasResources ? [wrong("rules cannot apply to both regular resources and non-resource URLs")] : []),
  ]
}

const bindingRules = (isNamespaced: boolean): Rules => ({
  generationCounts: null,
  defaults({ roleRef, subjects }) {
    if (!roleRef.apiGroup) roleRef.apiGroup = GROUP
    for (const subject of subjects ?? []) {
      if (subject.kind === "User" || subject.kind === "Group") subject.apiGroup ??= GROUP
    }
  },
  problems: ({ roleRef, subjects }, old) => [
    ...oneOf("roleRef.apiGroup", roleRef.apiGroup, [GROUP]),
    ...oneOf("roleRef.kind", roleRef.kind, isNamespaced ? ["Role", "ClusterRole"] : ["ClusterRole"]),
    ...requiredText("roleRef.name", roleRef.name, pathSegment),
    ...each("subjects", subjects, (subject, path) => subjectProblems(subject, path, isNamespaced)),
    ...(old && !isDeepStrictEqual(roleRef, old["roleRef"])
      ? [invalid("roleRef", shownReference(roleRef), "cannot change roleRef")]
      : []),
  ],
})

const shownReference = ({ apiGroup, kind, name }: Fields): object => ({ APIGroup: apiGroup, Kind: kind, Name: name })

function subjectProblems(
  { kind, name, apiGroup, namespace }: Fields,
  path: string,
  isNamespaced: boolean,
): FieldProblem[] {
  const problems = name ? [] : [required(`${path}.name`)]
  if (kind === "User" || kind === "Group") return [...problems, ...oneOf(`${path}.apiGroup`, apiGroup, [GROUP])]
  if (kind !== "ServiceAccount") {
    return [...problems, ...oneOf(`${path}.kind`, kind, ["ServiceAccount", "User", "Group"])]
  }
  return [
    ...problems,
    ...(name ? textProblems(`${path}.name`, name, subdomain) : []),
    ...oneOf(`${path}.apiGroup`, apiGroup ?? "", [""]),
    ...(isNamespaced || namespace ? [] : [required(`${path}.namespace`)]),
  ]
}

const subjectsText =
  (kind: string) =>
  ({ subjects }: KubeObject): string =>
    (subjects ?? [])
      .filter((subject: Fields) => subject.kind === kind)
      .map(({ name, namespace = "" }: Fields) => (kind === "ServiceAccount" ? `${namespace}/${name}` : name))
      .join(", ")

const bindingColumns = [
  name,
  text("Role", "Whose rights are given.", ({ roleRef }) => `${roleRef.kind}/${roleRef.name}`),
  age,
  wide(text("Users", "The users who get them.", subjectsText("User"))),
  wide(text("Groups", "The groups that get them.", subjectsText("Group"))),
  wide(text("ServiceAccounts", "The service accounts that get them.", subjectsText("ServiceAccount"))),
]

export const accounts = () => [
  builtInKind({
    group: "",
    version: "v1",
    kind: "ServiceAccount",
    plural: "serviceaccounts",
    shortNames: ["sa"],
    columns: [name, age],
    rules: { generationCounts: null },
  }),
  builtInKind({ group: GROUP, version: "v1", kind: "Role", plural: "roles", columns: nameAndTime, rules: role }),
  builtInKind({
    group: GROUP,
    version: "v1",
    kind: "ClusterRole",
    plural: "clusterroles",
    isClusterWide: true,
    columns: nameAndTime,
    rules: clusterRole,
  }),
  builtInKind({
    group: GROUP,
    version: "v1",
    kind: "RoleBinding",
    plural: "rolebindings",
    columns: bindingColumns,
    rules: bindingRules(true),
  }),
  builtInKind({
    group: GROUP,
    version: "v1",
    kind: "ClusterRoleBinding",
    plural: "clusterrolebindings",
    isClusterWide: true,
    columns: bindingColumns,
    rules: bindingRules(false),
  }),
]
