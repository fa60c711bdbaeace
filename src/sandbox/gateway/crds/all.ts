import type { KubeObject } from "#api/objects.ts"
import { gatewayClass } from "./gateway-class.ts"
import { gateway } from "./gateway.ts"
import { grpcRoute } from "./grpc-route.ts"
import { httpRoute } from "./http-route.ts"
import { referenceGrant } from "./reference-grant.ts"

/** What Gateway API looks like here. The gateway itself serves Gateways and HTTPRoutes. */
export const gatewayApiCrds: readonly KubeObject[] = [gatewayClass, gateway, httpRoute, grpcRoute, referenceGrant]
