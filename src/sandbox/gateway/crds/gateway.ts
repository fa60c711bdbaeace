import type { KubeObject } from "#api/objects.ts"
import type { Schema } from "../../schema/schema.ts"
import { GROUP } from "../objects.ts"
import { age, definition } from "./definition.ts"
import * as f from "./fields.ts"

const routeKind = (): Schema => f.object("A kind of routes.", { group: f.group({ default: GROUP }), "kind!": f.kind() })

const allowedRoutes = (): Schema =>
  f.object(
    "Which routes may use the listener.",
    {
      namespaces: f.object(
        "Where they may be.",
        {
          from: f.text("Anywhere, in namespaces with certain labels, or in the Gateway's own.", {
            enum: ["All", "Selector", "Same"],
            default: "Same",
          }),
          selector: f.labelSelector("Labels of the namespaces, for Selector."),
        },
        { default: { from: "Same" } },
      ),
      kinds: f.list("Of which kinds they may be; what the protocol carries by default.", routeKind(), 8),
    },
    { default: { namespaces: { from: "Same" } } },
  )

const tls = (): Schema =>
  f.object(
    "Of protocols with encryption only.",
    {
      mode: f.text("Who has the certificate.", { enum: ["Terminate", "Passthrough"], default: "Terminate" }),
      certificateRefs: f.list(
        "Secrets with certificates.",
        f.object("A Secret.", {
          group: f.group({ default: "" }),
          kind: f.kind({ default: "Secret" }),
          namespace: f.namespace("Namespace of the Secret; that of the Gateway by default."),
          "name!": f.objectName("Name of the Secret."),
        }),
        64,
      ),
      options: {
        type: "object",
        description: "Settings of the controller's own.",
        maxProperties: 16,
        additionalProperties: { type: "string", maxLength: 4096 },
      },
    },
    f.rules([
      "self.mode == 'Terminate' ? (has(self.certificateRefs) && size(self.certificateRefs) > 0) || (has(self.options) && size(self.options) > 0) : true",
      "mode Terminate needs certificateRefs or options",
    ]),
  )

const listener = (): Schema =>
  f.object("A way in.", {
    "name!": f.sectionName("Its name, by which routes ask for it."),
    "port!": f.port("Its port. The sandbox serves all listeners on one port of its own."),
    "protocol!": f.text("What is spoken; the sandbox serves HTTP.", {
      minLength: 1,
      maxLength: 255,
      pattern:
        "^[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?$|[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\\/[A-Za-z0-9]+$",
    }),
    hostname: f.hostname("Only requests for this host; for any by default."),
    allowedRoutes: allowedRoutes(),
    tls: tls(),
  })

const sameHost = "(has(l.hostname) ? l.hostname : '') == (has(m.hostname) ? m.hostname : '')"

const listeners = (): Schema =>
  f.keyed("name", "Ways in.", listener(), 64, {
    minItems: 1,
    ...f.rules(
      [
        "self.all(l, l.protocol in ['HTTP', 'TCP', 'UDP'] ? !has(l.tls) : true)",
        "protocols HTTP, TCP and UDP have no tls",
      ],
      ["self.all(l, l.protocol in ['TCP', 'UDP'] ? !has(l.hostname) : true)", "protocols TCP and UDP have no hostname"],
      [
        `self.all(l, self.exists_one(m, l.port == m.port && l.protocol == m.protocol && ${sameHost}))`,
        "listeners differ in port, protocol or hostname",
      ],
    ),
  })

const address = (valueIsRequired: boolean): Schema =>
  f.object("An address.", {
    type: f.text("IPAddress, Hostname, or a name of the controller's own.", {
      minLength: 1,
      maxLength: 253,
      default: "IPAddress",
    }),
    [valueIsRequired ? "value!" : "value"]: f.text("The address itself.", { maxLength: 253 }),
  })

const listenerStatus = (): Schema =>
  f.object("What became of a listener.", {
    "name!": f.sectionName("Which one."),
    "attachedRoutes!": { type: "integer", format: "int32", description: "How many routes use it." },
    supportedKinds: f.list("Kinds of routes that it takes.", routeKind(), 8),
    "conditions!": f.conditions(),
  })

const unseen = f.pending("Accepted", "Programmed")

export const gateway: KubeObject = definition({
  kind: "Gateway",
  plural: "gateways",
  shortNames: ["gtw"],
  scope: "Namespaced",
  versions: ["v1", "v1beta1"],
  description: "A place where requests come in.",
  spec: f.object("Who serves it, and how.", {
    "gatewayClassName!": f.objectName("The class, which says whose it is."),
    "listeners!": listeners(),
    addresses: f.list("Addresses that are wished for.", address(false), 16),
    infrastructure: f.object("What is put on whatever the controller makes for it.", {
      labels: {
        type: "object",
        description: "Labels.",
        maxProperties: 8,
        additionalProperties: { type: "string", maxLength: 63 },
      },
      annotations: {
        type: "object",
        description: "Annotations.",
        maxProperties: 16,
        additionalProperties: { type: "string", maxLength: 4096 },
      },
      parametersRef: f.object("Settings of the controller's own.", {
        "group!": f.group(),
        "kind!": f.kind(),
        "name!": f.objectName("Name of the object."),
      }),
    }),
  }),
  status: f.object(
    "What became of it.",
    {
      addresses: f.list("Addresses it has.", address(true), 16),
      conditions: f.conditions({ default: unseen }),
      listeners: f.keyed("name", "One entry for each listener.", listenerStatus(), 64),
    },
    { default: { conditions: unseen } },
  ),
  columns: [
    { name: "Class", type: "string", jsonPath: ".spec.gatewayClassName" },
    { name: "Address", type: "string", jsonPath: ".status.addresses[*].value" },
    { name: "Programmed", type: "string", jsonPath: '.status.conditions[?(@.type=="Programmed")].status' },
    age,
  ],
})
