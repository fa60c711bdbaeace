import type { Schema } from "../schema/schema.ts"

const string: Schema = { type: "string" }
const boolean: Schema = { type: "boolean" }
const integer: Schema = { type: "integer" }
const time: Schema = { type: "string", format: "date-time" }
const texts: Schema = { type: "object", additionalProperties: string }

const ownerReference: Schema = {
  type: "object",
  "x-kubernetes-map-type": "atomic",
  properties: {
    apiVersion: { ...string, default: "" },
    kind: { ...string, default: "" },
    name: { ...string, default: "" },
    uid: { ...string, default: "" },
    controller: boolean,
    blockOwnerDeletion: boolean,
  },
}

/** Metadata, in what matters for the owners of fields. */
export const objectMeta: Schema = {
  type: "object",
  properties: {
    name: string,
    generateName: string,
    namespace: string,
    selfLink: string,
    uid: string,
    resourceVersion: string,
    generation: integer,
    creationTimestamp: time,
    deletionTimestamp: time,
    deletionGracePeriodSeconds: integer,
    labels: texts,
    annotations: texts,
    ownerReferences: {
      type: "array",
      items: ownerReference,
      "x-kubernetes-list-type": "map",
      "x-kubernetes-list-map-keys": ["uid"],
    },
    finalizers: { type: "array", items: string, "x-kubernetes-list-type": "set" },
    managedFields: { type: "array", items: { type: "object" }, "x-kubernetes-list-type": "atomic" },
  },
}
