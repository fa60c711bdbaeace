import type { Canary } from "#api/canary.ts"
import type { KubeObject, ObjectRef } from "#api/objects.ts"
import type { Wanted } from "#kube/contract.ts"

/** Where the traffic goes, in whole percent that add up to 100. */
export interface Routes {
  primary: number
  canary: number
  /** The canary gets a copy of the primary's traffic. */
  mirrored: boolean
}

/** Objects read before a router is asked anything. */
export interface Found {
  get(ref: ObjectRef): KubeObject | undefined
}

/** What the process was started with, as far as routers care. */
export interface RouterSettings {
  ingressAnnotationsPrefix: string
  ingressClass: string
  includeLabelPrefixes: readonly string[]
  /** First of `-selector-labels` that the workload selects by. */
  selectorLabel: string
  /** False when routing objects live in another cluster than the canary. */
  ownable: boolean
}

/** What shared code may ask instead of knowing names. */
export interface Can {
  weights: boolean
  /** A/B tests by `analysis.match`. */
  matches: boolean
  /** `no`, only for blue/green, or also as the first step of a weighted canary. */
  mirror: "no" | "blueGreen" | "yes"
  mirrorPercent: boolean
  sticky: boolean
  /** Session affinity can keep users on the primary, too. */
  stickyPrimary?: boolean
  byReference: boolean
}

/**
 * Moves traffic through one mesh, ingress or gateway. Pure: it says what should be, the apply engine makes it so.
 * `canary.status` carries the session cookies that are to be used; the router never invents any.
 */
export interface Router {
  readonly names: readonly string[]
  readonly can: Can
  /** Objects it wants to see in `found`. */
  reads(canary: Canary): ObjectRef[]
  /**
   * Everything that should exist for these routes, in writing order. Throws `RouteRefused` for what it cannot express.
   * Called with the routes last observed to repair drift, and with new ones to move traffic.
   */
  desired(canary: Canary, routes: Routes, found: Found, settings: RouterSettings): Wanted[]
  /**
   * The routes that the found objects express; all to the primary as long as there are none.
   * Throws `RouteRefused` when they cannot be read or are not yet accepted.
   */
  observed(canary: Canary, found: Found, settings: RouterSettings): Routes
  /** What to write and what to delete when the canary leaves and everything is to be put back. */
  released(canary: Canary, found: Found, settings: RouterSettings): { write: Wanted[]; remove: ObjectRef[] }
}

/** The router cannot do what the canary asks, or its objects are not as they must be. The text is for the canary's event. */
export class RouteRefused extends Error {
  override readonly name = "RouteRefused"
  /** From `observed`: what drift can be repaired with all the same. Without it nothing may be written. */
  readonly routes: Routes | undefined

  constructor(message: string, { routes, ...options }: ErrorOptions & { routes?: Routes } = {}) {
    super(message, options)
    this.routes = routes
  }
}

export const allToPrimary: Routes = { primary: 100, canary: 0, mirrored: false }
export const allToCanary: Routes = { primary: 0, canary: 100, mirrored: false }
