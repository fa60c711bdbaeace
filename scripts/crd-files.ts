import { dump } from "js-yaml"
import { crds } from "#api/crds.ts"

/** The CustomResourceDefinitions as files to apply: text by path. */
export const crdFiles = (): Map<string, string> =>
  new Map(
    crds.map((crd) => [`deploy/crds/${crd.spec.names.plural}.yaml`, HEAD + dump(crd, { noRefs: true, lineWidth: -1 })]),
  )

const HEAD = "# Made from src/api by npm run build.\n"
