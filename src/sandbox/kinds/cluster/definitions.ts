import { crdRules } from "../../schema/custom.ts"
import { nameAndTime } from "../columns.ts"
import { builtInKind } from "../kind.ts"

export const definitions = () => [
  builtInKind({
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    shortNames: ["crd", "crds"],
    categories: ["api-extensions"],
    isClusterWide: true,
    columns: nameAndTime,
    rules: crdRules,
  }),
]
