import type { KubeObject } from "#api/objects.ts"
import type { Schema } from "../../schema/schema.ts"
import { age, definition } from "./definition.ts"
import * as f from "./fields.ts"
import { filters } from "./filters.ts"
import * as routes from "./routes.ts"

const types = ["RequestHeaderModifier", "ResponseHeaderModifier", "RequestMirror", "ExtensionRef"]

const method = (): Schema =>
  f.object(
    "A condition on what is called.",
    {
      type: f.matchType(),
      service: f.text("Full name of the service.", { maxLength: 1024 }),
      method: f.text("Name of the method.", { maxLength: 1024 }),
    },
    f.rules(["has(self.service) || has(self.method)", "service, method or both are needed"]),
  )

const rule = (): Schema =>
  f.object("What is done with calls that fit.", {
    name: f.sectionName("Name of the rule."),
    matches: f.list(
      "Which calls are meant; one of these must hold.",
      f.object("Conditions on a call; all must hold.", {
        method: method(),
        headers: f.keyed("name", "Conditions on headers.", routes.namedMatch("header", 4096), 16),
      }),
      64,
    ),
    filters: filters("What is done with calls on their way.", types),
    backendRefs: f.list(
      "Where calls go, by weight.",
      f.object(
        "Where calls go.",
        {
          ...routes.backendFields(),
          weight: routes.weight(),
          filters: filters("What is done with calls that go there.", types),
        },
        routes.servicesNeedPorts(),
      ),
      16,
    ),
    sessionPersistence: routes.sessionPersistence(),
  })

export const grpcRoute: KubeObject = definition({
  kind: "GRPCRoute",
  plural: "grpcroutes",
  scope: "Namespaced",
  versions: ["v1"],
  description: "Says where gRPC calls go. The sandbox keeps it, but serves HTTPRoutes only.",
  spec: f.object("Which calls, and what is done with them.", {
    parentRefs: routes.parentRefs(),
    hostnames: routes.hostnames(),
    rules: routes.ruleList(rule()),
  }),
  status: routes.routeStatus(),
  columns: [{ name: "Hostnames", type: "string", jsonPath: ".spec.hostnames" }, age],
})
