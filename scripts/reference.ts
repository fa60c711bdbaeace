import { crdPage } from "./reference/crds.ts"
import { flagPage } from "./reference/flags.ts"
import { metricPage } from "./reference/metrics.ts"

/** The pages of docs/reference that follow from the code: text by path. */
export const referenceFiles = async (): Promise<Map<string, string>> =>
  new Map([
    ["docs/reference/crds.md", crdPage()],
    ["docs/reference/flags.md", flagPage()],
    ["docs/reference/metrics.md", await metricPage()],
  ])
