import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire"
import type { Reply } from "./exchange.ts"
import type { Catalogue } from "./catalogue.ts"
import { type Discovery, discoveryOf } from "./discovery.ts"
import { type OpenApi, openApiOf } from "./openapi.ts"
import { notAcceptable } from "./refusal.ts"
import type { Resource } from "./resource.ts"

/** Everything that is not about objects: what is served, its shapes, the version and the health. */
export interface PublicPages {
  /** For those, too, who have not said who they are. */
  isOpen(path: string): boolean
  page(path: string, accept: string | undefined): Reply
}

const health = new Set(["/healthz", "/livez", "/readyz"])

const version = {
  major: "1",
  minor: "36",
  gitVersion: "v1.36.3",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "2026-01-01T00:00:00Z",
  goVersion: `node ${process.version}`,
  compiler: "v8",
  platform: `${process.platform}/${process.arch}`,
}

export function createPublicPages(catalogue: Catalogue, virtual: ReadonlySet<Resource>): PublicPages {
  let of: readonly Resource[] | undefined
  let discovery: Discovery
  let openApi: OpenApi

  function refresh(): void {
    if (of === catalogue.all()) return
    of = catalogue.all()
    discovery = discoveryOf(of, virtual)
    openApi = openApiOf(of)
  }

  function page(path: string, accept = "application/json"): Reply {
    refresh()
    if (path === "/version" || path === "/version/") return { code: 200, body: version }
    if (health.has(path) || [...health].some((page) => path.startsWith(`${page}/`))) return { code: 200, body: "ok" }
    if (path === "/api" || path === "/api/") return roots("core", discovery.versions(), accept)
    if (path === "/apis" || path === "/apis/") return roots("groups", discovery.groups(), accept)
    if (path === "/openapi/v2") return openApiV2(openApi.v2(), accept)
    if (path === "/openapi/v3") return { code: 200, body: openApi.index() }
    const shapes = path.startsWith("/openapi/v3/") ? openApi.document(path.slice("/openapi/v3/".length)) : undefined
    const body = shapes ?? listing(path)
    return body ? { code: 200, body } : { code: 404, body: "404 page not found\n" }
  }

  function roots(part: "core" | "groups", plain: object, accept: string): Reply {
    const wanted = accept
      .split(",")
      .map((type) => /g=apidiscovery\.k8s\.io/.test(type) && /v=(v2(?:beta1)?)/.exec(type)?.[1])
    const asked = wanted.find(Boolean)
    if (!asked) return { code: 200, body: plain }
    const mediaType = `application/json;g=apidiscovery.k8s.io;v=${asked};as=APIGroupDiscoveryList`
    return { code: 200, body: discovery.aggregated(part, asked), mediaType }
  }

  function listing(path: string): object | undefined {
    const [prefix, ...parts] = path.split("/").filter(Boolean)
    if (prefix === "api" && parts.length === 1) return discovery.resources("", parts[0]!)
    if (prefix !== "apis") return undefined
    if (parts.length === 1) return discovery.group(parts[0]!)
    return parts.length === 2 ? discovery.resources(parts[0]!, parts[1]!) : undefined
  }

  return {
    isOpen: (path) => path.startsWith("/version") || [...health].some((page) => path.startsWith(page)),
    page,
  }
}

/** kubectl reads this form when it is given a `List`, and no other. */
const openApiProtobuf = "application/com.github.proto-openapi.spec.v2.v1.0+protobuf"
/** One that describes nothing: kubectl leaves it to the server then to find unknown fields, as it does with all else. */
const emptyProtobuf = Buffer.from(new BinaryWriter().tag(1, WireType.LengthDelimited).string("2.0").finish())

function openApiV2(body: object, accept: string): Reply {
  const wanted = accept.split(",").map((type) => type.split(";")[0]!.trim())
  if (wanted.some((type) => ["application/json", "*/*"].includes(type))) return { code: 200, body }
  if (!wanted.some((type) => type.replace("@", ".") === openApiProtobuf)) throw notAcceptable()
  return { code: 200, body: emptyProtobuf, mediaType: openApiProtobuf }
}
