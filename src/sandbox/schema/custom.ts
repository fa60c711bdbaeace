import type { KubeObject } from "#api/objects.ts"
import type { Resource, ScalePaths } from "../apiserver/resource.ts"
import { jsonPath } from "./json-path.ts"
import { columnsOf } from "./crd/columns.ts"
import type { CrdSpec, CrdVersion } from "./crd/spec.ts"
import { scaleProblems } from "./crd/scale-problems.ts"
import { schemaFrom } from "./structural.ts"

export { crdRules } from "./crd/rules.ts"

/** The served versions of a CustomResourceDefinition. */
export function resourcesOf(crd: KubeObject): Resource[] {
  const spec = crd["spec"] as CrdSpec
  return spec.versions.filter(({ served }) => served).map((version) => resourceOf(spec, version))
}

function resourceOf({ group, names, scope }: CrdSpec, version: CrdVersion): Resource {
  const scale = version.subresources?.scale
  const paths = scale && scalePaths(scale)
  const labels = (version.selectableFields ?? []).map(({ jsonPath: path }) => [path.slice(1), jsonPath(path)] as const)
  return {
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular || names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === "Namespaced",
    schema: schemaFrom(version.schema?.openAPIV3Schema),
    isCustom: true,
    hasStatus: version.subresources?.status !== undefined,
    ...(paths ? { scale: paths } : {}),
    columns: columnsOf(version.additionalPrinterColumns),
    rules: {
      ...(paths ? { problems: (object) => scaleProblems(object, paths) } : {}),
      ...(labels.length > 0 ? { fieldLabels: (object) => fieldLabels(object, labels) } : {}),
    },
  }
}

const scalePaths = (scale: NonNullable<NonNullable<CrdVersion["subresources"]>["scale"]>): ScalePaths => ({
  specReplicas: scale.specReplicasPath,
  statusReplicas: scale.statusReplicasPath,
  ...(scale.labelSelectorPath ? { selector: scale.labelSelectorPath } : {}),
})

function fieldLabels(
  object: KubeObject,
  labels: readonly (readonly [string, (value: unknown) => unknown[]])[],
): Record<string, string> {
  return Object.fromEntries(labels.map(([name, find]) => [name, String(find(object)[0] ?? "")]))
}
