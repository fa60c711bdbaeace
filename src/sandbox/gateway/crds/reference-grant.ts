import type { KubeObject } from "#api/objects.ts"
import { age, definition } from "./definition.ts"
import * as f from "./fields.ts"

export const referenceGrant: KubeObject = definition({
  kind: "ReferenceGrant",
  plural: "referencegrants",
  shortNames: ["refgrant"],
  scope: "Namespaced",
  versions: ["v1beta1", "v1"],
  description: "Lets objects of other namespaces name objects of this one.",
  spec: f.object("Who may name what.", {
    "from!": f.list(
      "Who may.",
      f.object("Objects of one kind in one namespace.", {
        "group!": f.group(),
        "kind!": f.kind(),
        "namespace!": f.namespace("Where they are."),
      }),
      16,
      { minItems: 1 },
    ),
    "to!": f.list(
      "What they may name.",
      f.object("Objects of one kind, or one of them.", {
        "group!": f.group(),
        "kind!": f.kind(),
        name: f.objectName("Only this one."),
      }),
      16,
      { minItems: 1 },
    ),
  }),
  columns: [age],
})
