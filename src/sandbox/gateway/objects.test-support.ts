import type { KubeObject } from "#api/objects.ts"
import { CONTROLLER, GROUP, type HttpRouteSpec, type Listener, type Objects, type Rule } from "./objects.ts"

const v1 = `${GROUP}/v1`

export const gatewayClass = (controllerName = CONTROLLER): KubeObject => ({
  apiVersion: v1,
  kind: "GatewayClass",
  metadata: { name: "sandbox" },
  spec: { controllerName },
})

export const http = (listener: Partial<Listener> = {}): Listener => ({
  name: "http",
  port: 80,
  protocol: "HTTP",
  allowedRoutes: { namespaces: { from: "All" } },
  ...listener,
})

export const gateway = (...listeners: Listener[]): KubeObject => ({
  apiVersion: v1,
  kind: "Gateway",
  metadata: { name: "web", namespace: "gateways", generation: 1 },
  spec: { gatewayClassName: "sandbox", listeners: listeners.length > 0 ? listeners : [http()] },
})

export const parent = { name: "web", namespace: "gateways" }

export const route = (spec: HttpRouteSpec, metadata: Partial<KubeObject["metadata"]> = {}): KubeObject => ({
  apiVersion: v1,
  kind: "HTTPRoute",
  metadata: { name: "shop", namespace: "demo", creationTimestamp: "2026-01-01T00:00:00Z", generation: 1, ...metadata },
  spec: { parentRefs: [parent], ...spec },
})

/** A rule that sends everything that fits to a Service. */
export const to = (name: string, rule: Rule = {}): Rule => ({ backendRefs: [{ name, port: 80 }], ...rule })

export const split = (primary: number, canary: number): Rule => ({
  backendRefs: [
    { name: "shop-primary", port: 80, weight: primary },
    { name: "shop-canary", port: 80, weight: canary },
  ],
})

export const service = (name: string, spec: object = {}, namespace = "demo"): KubeObject => ({
  apiVersion: "v1",
  kind: "Service",
  metadata: { name, namespace },
  spec: { ports: [{ name: "http", port: 80, targetPort: "http" }], ...spec },
})

interface Place {
  pod?: string
  address?: string
  port: number
  conditions?: object
}

export const slice = (name: string, places: Place[], namespace = "demo"): KubeObject => ({
  apiVersion: "discovery.k8s.io/v1",
  kind: "EndpointSlice",
  metadata: { name: `${name}-slice`, namespace, labels: { "kubernetes.io/service-name": name } },
  addressType: "IPv4",
  ports: [{ name: "http", port: places[0]?.port ?? 80, protocol: "TCP" }],
  endpoints: places.map(({ pod, address = "127.0.0.1", conditions = { ready: true } }) => ({
    addresses: [address],
    conditions,
    ...(pod ? { targetRef: { kind: "Pod", name: pod, namespace } } : {}),
  })),
})

export const grant = (
  from: string,
  to: object[] = [{ group: "", kind: "Service" }],
  namespace = "other",
): KubeObject => ({
  apiVersion: `${GROUP}/v1beta1`,
  kind: "ReferenceGrant",
  metadata: { name: "grant", namespace },
  spec: { from: [{ group: GROUP, kind: "HTTPRoute", namespace: from }], to },
})

export const objects = (some: Partial<Objects>): Objects => ({
  gateways: [gateway()],
  routes: [],
  grants: [],
  namespaces: [],
  services: [],
  slices: [],
  pods: [],
  ...some,
})
