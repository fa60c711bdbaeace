import type { KubeObject } from "#api/objects.ts"

export const GROUP = "gateway.networking.k8s.io"
/** Classes that name it are served by this gateway. */
export const CONTROLLER = "sandbox.flagger.app/gateway"
/** On a pod: JSON of its container ports to the ports its process really listens on, on 127.0.0.1. */

export interface HttpRouteSpec {
  parentRefs?: ParentRef[]
  hostnames?: string[]
  rules?: Rule[]
}
export interface ParentRef {
  group?: string
  kind?: string
  namespace?: string
  name: string
  sectionName?: string
  port?: number
}
export interface Rule {
  name?: string
  matches?: Match[]
  filters?: Filter[]
  backendRefs?: BackendRef[]
  timeouts?: { request?: string; backendRequest?: string }
  retry?: { codes?: number[]; attempts?: number; backoff?: string }
  sessionPersistence?: SessionPersistence
}
export interface SessionPersistence {
  sessionName?: string
  type?: string
  absoluteTimeout?: string
  cookieConfig?: { lifetimeType?: string }
}
export interface Match {
  path?: { type?: string; value?: string }
  method?: string
  headers?: NamedMatch[]
  queryParams?: NamedMatch[]
}
export interface NamedMatch {
  name: string
  type?: string
  value: string
}

export interface ObjectReference {
  group?: string
  kind?: string
  namespace?: string
  name: string
  port?: number
}
export interface BackendRef extends ObjectReference {
  weight?: number
  filters?: Filter[]
}

export interface Filter {
  type: string
  requestHeaderModifier?: HeaderModifier
  responseHeaderModifier?: HeaderModifier
  requestRedirect?: RequestRedirect
  urlRewrite?: UrlRewrite
  requestMirror?: RequestMirror
  cors?: Cors
}
export interface HeaderModifier {
  set?: NamedValue[]
  add?: NamedValue[]
  remove?: string[]
}
interface NamedValue {
  name: string
  value: string
}
export interface PathModifier {
  type: string
  replaceFullPath?: string
  replacePrefixMatch?: string
}
export interface RequestRedirect {
  scheme?: string
  hostname?: string
  path?: PathModifier
  port?: number
  statusCode?: number
}
export interface UrlRewrite {
  hostname?: string
  path?: PathModifier
}
interface RequestMirror {
  backendRef: ObjectReference
  percent?: number
  fraction?: { numerator: number; denominator?: number }
}
export interface Cors {
  allowOrigins?: string[]
  allowMethods?: string[]
  allowHeaders?: string[]
  exposeHeaders?: string[]
  allowCredentials?: boolean
  maxAge?: number
}

export interface Listener {
  name: string
  port: number
  protocol: string
  hostname?: string
  allowedRoutes?: {
    namespaces?: { from?: string; selector?: LabelSelector }
    kinds?: { group?: string; kind: string }[]
  }
}
export interface LabelSelector {
  matchLabels?: Record<string, string>
  matchExpressions?: { key: string; operator: string; values?: string[] }[]
}

export interface GrantSpec {
  from?: { group: string; kind: string; namespace: string }[]
  to?: { group: string; kind: string; name?: string }[]
}

/** What the gateway looks at. */
export interface Objects {
  /** Of this gateway's classes only. */
  gateways: readonly KubeObject[]
  routes: readonly KubeObject[]
  grants: readonly KubeObject[]
  namespaces: readonly KubeObject[]
  services: readonly KubeObject[]
  slices: readonly KubeObject[]
  pods: readonly KubeObject[]
}

export const nameOf = ({ metadata }: KubeObject): string => `${metadata.namespace ?? ""}/${metadata.name}`
export const namespaceOf = ({ metadata }: KubeObject): string => metadata.namespace ?? ""
export const specOf = (route: KubeObject): HttpRouteSpec => route.spec ?? {}
