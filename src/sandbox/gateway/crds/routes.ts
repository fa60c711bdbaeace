import type { Schema } from "../../schema/schema.ts"
import { GROUP } from "../objects.ts"
import * as f from "./fields.ts"

export const parentRef = (): Schema =>
  f.object("A Gateway, or a Service whose requests are meant.", {
    group: f.group({ default: GROUP }),
    kind: f.kind({ default: "Gateway" }),
    namespace: f.namespace("Namespace of the parent; that of the route by default."),
    "name!": f.objectName("Name of the parent."),
    sectionName: f.sectionName("Only this listener."),
    port: f.port("Only listeners of this port."),
  })

const sameParent =
  "p.group == q.group && p.kind == q.kind && p.name == q.name && " +
  "(has(p.__namespace__) ? p.__namespace__ : '') == (has(q.__namespace__) ? q.__namespace__ : '')"
const section = (ref: string) => `(has(${ref}.sectionName) ? ${ref}.sectionName : '')`
const parentPort = (ref: string) => `(has(${ref}.port) ? ${ref}.port : 0)`

export const parentRefs = (): Schema =>
  f.list(
    "Where requests come in.",
    parentRef(),
    32,
    f.rules([
      `self.all(p, self.exists_one(q, ${sameParent} && ${section("p")} == ${section("q")} && ${parentPort("p")} == ${parentPort("q")}))`,
      "a parent that is named more than once needs different sections or ports",
    ]),
  )

export const hostnames = (): Schema =>
  f.list(
    "Hosts whose requests are meant; all that the parent has by default.",
    f.hostname("A host, or `*.` and a suffix."),
    16,
  )

export const backendFields = (): Record<string, Schema> => ({
  group: f.group({ default: "" }),
  kind: f.kind({ default: "Service" }),
  namespace: f.namespace("Namespace of the backend; that of the route by default. Another one has to grant it."),
  "name!": f.objectName("Name of the backend."),
  port: f.port("Port of the Service."),
})
export const servicesNeedPorts = (): Partial<Schema> =>
  f.rules(["self.group == '' && self.kind == 'Service' ? has(self.port) : true", "a Service needs a port"])

export const weight = (): Schema =>
  f.whole("Part of the requests, in proportion to the others' weights. 0 means none.", 0, 1_000_000, { default: 1 })

export const namedMatch = (what: string, maxLength: number): Schema =>
  f.object(`A condition on one ${what}.`, {
    type: f.matchType(),
    "name!": f.headerName(`Name of the ${what}.`),
    "value!": f.text("What its value is compared with.", { minLength: 1, maxLength }),
  })

const MATCHES_IN_ALL = 128
const RULES = 16

/** Up to 16 rules; written out because CEL has no sum. */
export const ruleList = (rule: Schema, more: Partial<Schema> = {}): Schema => {
  const count = (index: number) =>
    `(self.size() > ${index} && has(self[${index}].matches) ? self[${index}].matches.size() : 0)`
  const sum = Array.from({ length: RULES }, (_, index) => count(index)).join(" + ")
  return f.list("What is done with requests; the most precise match decides.", rule, RULES, {
    ...f.rules([`${sum} <= ${MATCHES_IN_ALL}`, `a route may have ${MATCHES_IN_ALL} matches in all its rules`]),
    ...more,
  })
}

export const sessionPersistence = (): Schema =>
  f.object(
    "Keeps a client with the pod that it has met.",
    {
      sessionName: f.text("Name of the cookie or header.", { maxLength: 128 }),
      type: f.text("What carries the session.", { enum: ["Cookie", "Header"], default: "Cookie" }),
      absoluteTimeout: f.duration("How long a session lasts."),
      idleTimeout: f.duration("How long a session lasts without a request."),
      cookieConfig: f.object("Of cookies only.", {
        lifetimeType: f.text("Until the browser is closed, or as long as the absolute timeout says.", {
          enum: ["Permanent", "Session"],
          default: "Session",
        }),
      }),
    },
    f.rules([
      "has(self.cookieConfig) && has(self.cookieConfig.lifetimeType) && self.cookieConfig.lifetimeType == 'Permanent' ? has(self.absoluteTimeout) : true",
      "a permanent cookie needs an absoluteTimeout",
    ]),
  )

export const routeStatus = (): Schema =>
  f.object("What became of the route.", {
    "parents!": f.list(
      "One entry for each parent and controller.",
      f.object("What one controller says of one parent.", {
        "parentRef!": parentRef(),
        "controllerName!": f.controllerName("Who says it."),
        "conditions!": f.conditions({ minItems: 1 }),
      }),
      32,
    ),
  })
