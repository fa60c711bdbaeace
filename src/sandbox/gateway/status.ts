import type { KubeObject } from "#api/objects.ts"
import { isServed, listenerKey, listenersOf, type Parent } from "./attachment.ts"
import { type Condition, conditionMaker, no, yes } from "./conditions.ts"
import { FEATURES } from "./features.ts"
import { CONTROLLER, GROUP, type Listener } from "./objects.ts"
import type { Unresolved } from "./references.ts"

interface Conditions {
  conditions?: Condition[]
}

/** What a gateway says of its class. */
export function gatewayClassStatus(gatewayClass: KubeObject, nowMs: number): object {
  const { generation } = gatewayClass.metadata
  const old = (gatewayClass.status ?? {}) as Conditions
  const condition = conditionMaker(generation, nowMs)
  return {
    conditions: replaced(old.conditions, [
      condition("Accepted", old.conditions, yes("Accepted", "Served by the sandbox")),
    ]),
    supportedFeatures: FEATURES.map((name) => ({ name })),
  }
}

export interface Served {
  host: string
  port: number
  /** By the listener's key. */
  attachedRoutes: ReadonlyMap<string, number>
}

export function gatewayStatus(gateway: KubeObject, { host, port, attachedRoutes }: Served, nowMs: number): object {
  const old = (gateway.status ?? {}) as Conditions & { listeners?: (Conditions & { name: string })[] }
  const condition = conditionMaker(gateway.metadata.generation, nowMs)
  const listeners = listenersOf(gateway)
  const refused = listeners.filter((listener) => !isServed(listener)).map(({ name }) => name)
  const isUseful = refused.length < listeners.length
  const where = `All HTTP listeners are served at http://${host}:${port}, whatever port they name`
  const accepted = () => {
    if (refused.length === 0) return yes("Accepted")
    const message = `Not served: listener ${refused.join(", ")}`
    return isUseful ? yes("ListenersNotValid", message) : no("ListenersNotValid", message)
  }
  return {
    addresses: [{ type: "IPAddress", value: host }],
    conditions: replaced(old.conditions, [
      condition("Accepted", old.conditions, accepted()),
      condition(
        "Programmed",
        old.conditions,
        isUseful ? yes("Programmed", where) : no("Invalid", "No listener is served"),
      ),
    ]),
    listeners: listeners.map((listener) => ({
      name: listener.name,
      attachedRoutes: attachedRoutes.get(listenerKey(gateway, listener)) ?? 0,
      supportedKinds: supportedKinds(listener),
      conditions: listenerConditions(listener).map(({ type, ...said }) =>
        condition(type, old.listeners?.find(({ name }) => name === listener.name)?.conditions, said),
      ),
    })),
  }
}

const httpRoute = { group: GROUP, kind: "HTTPRoute" }

const supportedKinds = (listener: Listener) => (isServed(listener) && !foreignKind(listener) ? [httpRoute] : [])

const foreignKind = ({ allowedRoutes }: Listener) =>
  allowedRoutes?.kinds?.find(({ group = GROUP, kind }) => group !== GROUP || kind !== "HTTPRoute")

function listenerConditions(listener: Listener): Condition[] {
  const foreign = foreignKind(listener)
  const isGood = isServed(listener)
  const unknown = `Protocol ${listener.protocol} is not served, only HTTP`
  return [
    { type: "Accepted", ...(isGood ? yes("Accepted") : no("UnsupportedProtocol", unknown)) },
    { type: "Conflicted", ...no("NoConflicts", "") },
    { type: "Programmed", ...(isGood ? yes("Programmed") : no("Invalid", unknown)) },
    {
      type: "ResolvedRefs",
      ...(foreign ? no("InvalidRouteKinds", `Routes of kind ${foreign.kind} are not served`) : yes("ResolvedRefs")),
    },
  ]
}

export interface RouteFindings {
  parents: readonly Parent[]
  /** Rules that cannot be read. */
  problems: readonly string[]
  /** None of the rules can be read. */
  isUseless: boolean
  unresolved?: Unresolved
}

interface ParentStatus extends Conditions {
  controllerName: string
  parentRef: object
}

/** Undefined where none of the parents is, or was, ours. */
export function routeStatus(route: KubeObject, findings: RouteFindings, nowMs: number): object | undefined {
  const old = (route.status?.parents ?? []) as ParentStatus[]
  const others = old.filter(({ controllerName }) => controllerName !== CONTROLLER)
  if (findings.parents.length === 0 && others.length === old.length) return undefined
  const condition = conditionMaker(route.metadata.generation, nowMs)
  const ours = findings.parents.map((parent): ParentStatus => {
    const before = old.find(
      ({ controllerName, parentRef }) => controllerName === CONTROLLER && sameRef(parentRef, parent.ref),
    )
    return {
      controllerName: CONTROLLER,
      parentRef: parent.ref,
      conditions: routeConditions(parent, findings).map(({ type, ...said }) =>
        condition(type, before?.conditions, said),
      ),
    }
  })
  return { ...route.status, parents: [...others, ...ours] }
}

const sameRef = (one: object, other: object): boolean => JSON.stringify(one) === JSON.stringify(other)

function routeConditions({ refusal }: Parent, { problems, isUseless, unresolved }: RouteFindings): Condition[] {
  const unreadable = problems.join("; ")
  const accepted = () => {
    if (refusal) return no(refusal.reason, refusal.message)
    return isUseless ? no("UnsupportedValue", unreadable) : yes("Accepted")
  }
  return [
    { type: "Accepted", ...accepted() },
    {
      type: "ResolvedRefs",
      ...(unresolved ? no(unresolved.reason, unresolved.message) : yes("ResolvedRefs")),
    },
    ...(problems.length > 0 && !isUseless
      ? [{ type: "PartiallyInvalid", ...yes("UnsupportedValue", `Dropped Rule: ${unreadable}`) }]
      : []),
  ]
}

/** Conditions of other types stay. */
const replaced = (old: readonly Condition[] = [], ours: readonly Condition[]): Condition[] => [
  ...ours,
  ...old.filter(({ type }) => !ours.some((condition) => condition.type === type)),
]
