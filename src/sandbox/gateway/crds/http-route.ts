import type { KubeObject } from "#api/objects.ts"
import type { Schema } from "../../schema/schema.ts"
import { age, definition } from "./definition.ts"
import * as f from "./fields.ts"
import { filters } from "./filters.ts"
import * as routes from "./routes.ts"

const everything = { path: { type: "PathPrefix", value: "/" } }
const isLiteral = "self.type in ['Exact', 'PathPrefix']"
const lacks = (part: string): [string, string] => [
  `${isLiteral} ? !self.value.contains('${part}') : true`,
  `a literal path has no ${part}`,
]

const path = (): Schema =>
  f.object(
    "A condition on the path.",
    {
      type: f.text("How the path is compared; a prefix means whole segments.", {
        enum: ["Exact", "PathPrefix", "RegularExpression"],
        default: "PathPrefix",
      }),
      value: f.text("What the path is compared with.", { maxLength: 1024, default: "/" }),
    },
    {
      default: everything.path,
      ...f.rules(
        [`${isLiteral} ? self.value.startsWith('/') : true`, "a literal path begins with a slash"],
        ...["//", "/./", "/../", "%2f", "%2F", "#"].map(lacks),
        [
          `${isLiteral} ? !self.value.endsWith('/..') && !self.value.endsWith('/.') : true`,
          "a literal path has no dots for an end",
        ],
      ),
    },
  )

const match = (): Schema =>
  f.object("Conditions on a request; all must hold.", {
    path: path(),
    method: f.text("The method.", {
      enum: ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"],
    }),
    headers: f.keyed("name", "Conditions on headers.", routes.namedMatch("header", 4096), 16),
    queryParams: f.keyed("name", "Conditions on query parameters.", routes.namedMatch("query parameter", 1024), 16),
  })

const backendRef = (): Schema =>
  f.object(
    "Where requests go.",
    {
      ...routes.backendFields(),
      weight: routes.weight(),
      filters: filters("What is done with requests that go there."),
    },
    routes.servicesNeedPorts(),
  )

const timeouts = (): Schema =>
  f.object(
    "How long things may take; 0s means as long as they like.",
    {
      request: f.duration("Until the client has its answer."),
      backendRequest: f.duration("Until one pod has answered."),
    },
    f.rules([
      "!(has(self.request) && has(self.backendRequest) && duration(self.request) != duration('0s') && duration(self.backendRequest) > duration(self.request))",
      "a pod may take no longer than the whole request",
    ]),
  )

const retry = (): Schema =>
  f.object("Sends requests again that were not answered well.", {
    codes: f.set(
      "Statuses that are not good enough.",
      { type: "integer", minimum: 400, maximum: 599, description: "A status." },
      64,
    ),
    attempts: { type: "integer", minimum: 1, description: "How often a request is sent again." },
    backoff: f.duration("How long to wait before."),
  })

/** A prefix can be replaced where it is known which one was matched. */
const replacesPrefix = (filter: string) =>
  `self.filters.exists(f, has(f.${filter}) && has(f.${filter}.path) && f.${filter}.path.type == 'ReplacePrefixMatch')`
const onePrefix = "(size(self.matches) == 1 && has(self.matches[0].path) && self.matches[0].path.type == 'PathPrefix')"

const rule = (): Schema =>
  f.object(
    "What is done with requests that fit.",
    {
      name: f.sectionName("Name of the rule."),
      matches: f.list("Which requests are meant; one of these must hold.", match(), 64, { default: [everything] }),
      filters: filters("What is done with requests on their way."),
      backendRefs: f.list("Where requests go, by weight.", backendRef(), 16),
      timeouts: timeouts(),
      retry: retry(),
      sessionPersistence: routes.sessionPersistence(),
    },
    f.rules(
      [
        "has(self.backendRefs) && size(self.backendRefs) > 0 && has(self.filters) ? self.filters.all(f, !has(f.requestRedirect)) : true",
        "a redirected request goes to no backend",
      ],
      ...["requestRedirect", "urlRewrite"].map((filter): [string, string] => [
        `has(self.filters) && ${replacesPrefix(filter)} ? ${onePrefix} : true`,
        `a prefix can be replaced by ${filter} where exactly one PathPrefix is matched`,
      ]),
    ),
  )

export const httpRoute: KubeObject = definition({
  kind: "HTTPRoute",
  plural: "httproutes",
  scope: "Namespaced",
  versions: ["v1", "v1beta1"],
  description: "Says where HTTP requests go.",
  spec: f.object("Which requests, and what is done with them.", {
    parentRefs: routes.parentRefs(),
    hostnames: routes.hostnames(),
    rules: routes.ruleList(rule(), { default: [{ matches: [everything] }], minItems: 1 }),
  }),
  status: routes.routeStatus(),
  columns: [{ name: "Hostnames", type: "string", jsonPath: ".spec.hostnames" }, age],
})
