import type { Schema } from "../../schema/schema.ts"
import * as f from "./fields.ts"
import { backendFields, servicesNeedPorts } from "./routes.ts"

const header = (): Schema =>
  f.object("A header.", {
    "name!": f.headerName("Its name, in any case."),
    "value!": f.text("Its value.", { minLength: 1, maxLength: 4096 }),
  })

const headerModifier = (description: string): Schema =>
  f.object(description, {
    set: f.keyed("name", "Headers that replace those of the same name.", header(), 16),
    add: f.keyed("name", "Headers that are added to those of the same name.", header(), 16),
    remove: f.set("Names of headers that are taken away.", { type: "string" }, 16),
  })

const requestMirror = (): Schema =>
  f.object(
    "Sends copies of requests; their answers are thrown away.",
    {
      "backendRef!": f.object("Where copies go.", backendFields(), servicesNeedPorts()),
      percent: f.whole("How many of a hundred requests are copied; all by default.", 0, 100),
      fraction: f.object(
        "Which part of the requests is copied.",
        {
          "numerator!": f.whole("So many", 0),
          denominator: f.whole("of so many.", 1, undefined, { default: 100 }),
        },
        f.rules(["self.numerator <= self.denominator", "a fraction is at most one"]),
      ),
    },
    f.rules(["!(has(self.percent) && has(self.fraction))", "percent and fraction exclude each other"]),
  )

const pathModifier = (): Schema =>
  f.object(
    "How the path is replaced.",
    {
      "type!": f.text("The whole path, or the prefix that was matched.", {
        enum: ["ReplaceFullPath", "ReplacePrefixMatch"],
      }),
      replaceFullPath: f.text("In place of the whole path.", { maxLength: 1024 }),
      replacePrefixMatch: f.text("In place of the matched prefix.", { maxLength: 1024 }),
    },
    f.rules(
      [
        "has(self.replaceFullPath) == (self.type == 'ReplaceFullPath')",
        "replaceFullPath goes with type ReplaceFullPath",
      ],
      [
        "has(self.replacePrefixMatch) == (self.type == 'ReplacePrefixMatch')",
        "replacePrefixMatch goes with type ReplacePrefixMatch",
      ],
    ),
  )

const requestRedirect = (): Schema =>
  f.object("Sends the client elsewhere.", {
    scheme: f.text("Scheme of the new address.", { enum: ["http", "https"] }),
    hostname: f.preciseHostname("Host of the new address."),
    path: pathModifier(),
    port: f.port("Port of the new address."),
    statusCode: {
      type: "integer",
      description: "Status of the answer.",
      enum: [301, 302, 303, 307, 308],
      default: 302,
    },
  })

const urlRewrite = (): Schema =>
  f.object("Changes the request on its way to the pod.", {
    hostname: f.preciseHostname("In place of the host."),
    path: pathModifier(),
  })

const onlyStar = f.rules(["!('*' in self && self.size() > 1)", "a star stands alone"])
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"]

const cors = (): Schema =>
  f.object("Tells browsers which other sites may use the answers.", {
    allowOrigins: f.set(
      "Sites that may.",
      f.text("Scheme, host and port; a star stands for a host or the start of one, alone for every origin.", {
        minLength: 1,
        maxLength: 253,
        pattern: "(^\\*$)|(^(http(s)?):\\/\\/(((\\*\\.)?([a-zA-Z0-9\\-]+\\.)*[a-zA-Z0-9-]+|\\*)(:([0-9]{1,5}))?)$)",
      }),
      64,
      onlyStar,
    ),
    allowCredentials: f.flag("They may send cookies."),
    allowMethods: f.set(
      "Methods they may use.",
      f.text("A method, or a star for all.", { enum: [...methods, "*"] }),
      9,
      onlyStar,
    ),
    allowHeaders: f.set("Headers they may send.", f.headerName("A header, or a star for all."), 64, onlyStar),
    exposeHeaders: f.set("Headers of answers they may read.", f.headerName("A header, or a star for all."), 64),
    maxAge: f.whole("Seconds for which browsers need not ask again.", 1, undefined, { default: 5 }),
  })

const extensionRef = (): Schema =>
  f.object("A filter of the controller's own.", {
    "group!": f.group(),
    "kind!": f.kind(),
    "name!": f.objectName("Name of the object."),
  })

const known: Record<string, [field: string, schema: () => Schema]> = {
  RequestHeaderModifier: ["requestHeaderModifier", () => headerModifier("Changes headers of the request.")],
  ResponseHeaderModifier: ["responseHeaderModifier", () => headerModifier("Changes headers of the answer.")],
  RequestMirror: ["requestMirror", requestMirror],
  RequestRedirect: ["requestRedirect", requestRedirect],
  URLRewrite: ["urlRewrite", urlRewrite],
  CORS: ["cors", cors],
  ExtensionRef: ["extensionRef", extensionRef],
}
const repeatable = ["RequestMirror", "ExtensionRef"]

/** Filters of these types. */
export function filters(description: string, types: string[] = Object.keys(known)): Schema {
  const fields = types.map((type) => [type, ...known[type]!] as const)
  const filter = f.object(
    "One step of what is done with a request.",
    {
      "type!": f.text("Which of the fields is meant.", { enum: types }),
      ...Object.fromEntries(fields.map(([, field, schema]) => [field, schema()])),
    },
    f.rules(
      ...fields.map(([type, field]): [string, string] => [
        `has(self.${field}) == (self.type == '${type}')`,
        `${field} goes with type ${type}`,
      ]),
    ),
  )
  const once = types.filter((type) => !repeatable.includes(type))
  const exclusive: [string, string][] = types.includes("URLRewrite")
    ? [
        [
          "!(self.exists(f, f.type == 'RequestRedirect') && self.exists(f, f.type == 'URLRewrite'))",
          "a redirected request is not rewritten",
        ],
      ]
    : []
  return f.list(description, filter, 16, {
    ...f.rules(
      ...once.map((type): [string, string] => [
        `self.filter(f, f.type == '${type}').size() <= 1`,
        `${type} is given once`,
      ]),
      ...exclusive,
    ),
  })
}
