import type { KubeObject } from "#api/objects.ts"
import { age, definition } from "./definition.ts"
import * as f from "./fields.ts"

const unseen = f.pending("Accepted")

export const gatewayClass: KubeObject = definition({
  kind: "GatewayClass",
  plural: "gatewayclasses",
  shortNames: ["gc"],
  scope: "Cluster",
  versions: ["v1", "v1beta1"],
  description: "Says which controller serves the Gateways that name it.",
  spec: f.object("Who serves it.", {
    "controllerName!": f.controllerName(
      "The controller.",
      f.rules(["self == oldSelf", "the controller stays the same"]),
    ),
    description: f.text("A few words on it.", { maxLength: 64 }),
    parametersRef: f.object("Settings of the controller's own.", {
      "group!": f.group(),
      "kind!": f.kind(),
      "name!": f.objectName("Name of the object."),
      namespace: f.namespace("Its namespace, if it has one."),
    }),
  }),
  status: f.object(
    "What became of it.",
    {
      conditions: f.conditions({ default: unseen }),
      supportedFeatures: f.keyed(
        "name",
        "What the controller can do, by the names that Gateway API has for it.",
        f.object("One thing that it can do.", { "name!": f.text("Its name.") }),
        64,
      ),
    },
    { default: { conditions: unseen } },
  ),
  columns: [
    { name: "Controller", type: "string", jsonPath: ".spec.controllerName" },
    { name: "Accepted", type: "string", jsonPath: '.status.conditions[?(@.type=="Accepted")].status' },
    age,
    { name: "Description", type: "string", jsonPath: ".spec.description", priority: 1 },
  ],
})
