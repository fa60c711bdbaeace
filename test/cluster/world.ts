import { randomBytes } from "node:crypto"
import type { TestContext } from "vitest"
import type { Canary, Phase } from "#api/canary.ts"
import type { KubeObject } from "#api/objects.ts"
import { type ApiRequest, createAuditReader } from "./audit.ts"
import { type Chronicle, openChronicle, type Told } from "./chronicle.ts"
import { type Address, type Cluster, connect } from "./client.ts"
import { type Faults, openFaults } from "./faults.ts"
import { type KindName, refTo } from "./kinds.ts"
import { imageOf } from "./objects.ts"
import { type Operator, type OperatorOptions, startOperator } from "./operator.ts"
import { openOutside, type Outside } from "./outside.ts"

/** Where time passes faster, the same work takes more of it. */
const PATIENCE_MS = process.env["FASTER"] ? 600_000 : 60_000

/** What the stories of one file share. */
export interface World {
  cluster: Cluster
  outside: Outside
  /** A namespace for one story. When the story fails, what happened in it is printed. */
  namespace(story: string, onTestFailed: TestContext["onTestFailed"]): Promise<Namespace>
  operator(options?: Partial<OperatorOptions>): Promise<Operator>
  /** A bad line to the API server, to be given to an operator. */
  faults(): Promise<Faults>
  /** Gives what operators have asked of the API server from here on, or since it was asked last. */
  requests(): () => ApiRequest[]
  leave(): Promise<void>
}

export interface Moment<T> {
  value: T
  /** In milliseconds. */
  at: number
}

/** A namespace, and what happens in it. Objects are called "app" where no name is given. */
export interface Namespace {
  readonly name: string
  create(...objects: KubeObject[]): Promise<void>
  patch(kind: KindName, body: unknown, name?: string, subresource?: "status"): Promise<KubeObject>
  remove(kind: KindName, name?: string): Promise<void>
  /** Deploys another version. */
  push(version: string, name?: string): Promise<void>
  /** As last seen. */
  get(kind: KindName, name?: string): KubeObject | undefined
  status(name?: string): NonNullable<Canary["status"]>
  /** One aspect of an object through time, each change once. */
  history<T>(kind: KindName, aspect: (object: KubeObject) => T, name?: string): T[]
  /** The same with the times at which the changes were seen. */
  moments<T>(kind: KindName, aspect: (object: KubeObject) => T, name?: string): Moment<T>[]
  events(name?: string): Told[]
  /** Texts of the events, in the order in which they were first told. */
  texts(name?: string): string[]
  until<T>(what: string, look: () => T, options?: { withinMs?: number }): Promise<NonNullable<Exclude<T, false>>>
  /** Until a canary is in a phase. */
  reaches(phase: Phase, name?: string, options?: { withinMs?: number }): Promise<void>
  /** Until an event says this. */
  hears(text: string | RegExp, name?: string, options?: { withinMs?: number }): Promise<Told>
}

export async function enterWorld(address: Address): Promise<World> {
  const cluster = connect(address, "rig")
  const chronicle = openChronicle(cluster)
  const outside = await openOutside()
  const operators: Operator[] = []
  const faults: Faults[] = []
  const namespaces: string[] = []
  return {
    cluster,
    outside,
    async namespace(story, onTestFailed) {
      const name = nameAfter(story)
      await cluster.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } })
      namespaces.push(name)
      outside.metrics(name, {})
      const namespace = namespaceOf(name, cluster, chronicle)
      onTestFailed(() => {
        console.error([`What happened in ${name}:`, ...traces(name, operators)].join("\n"))
      })
      return namespace
    },
    async operator(options) {
      const operator = await startOperator(address, { metricsServer: outside.url, ...options })
      operators.push(operator)
      return operator
    },
    async faults() {
      const opened = await openFaults(address)
      faults.push(opened)
      return opened
    },
    requests: () => createAuditReader(address.folder),
    async leave() {
      await Promise.all(operators.filter((operator) => operator.isRunning()).map((operator) => operator.kill()))
      const canaries = { apiVersion: "flagger.app/v1beta1", kind: "Canary" }
      await Promise.all(namespaces.map((name) => cluster.deleteAll(canaries, name)))
      for (const opened of [chronicle, outside, ...faults]) opened.close()
      await cluster.close()
    },
  }
}

const nameAfter = (story: string): string => {
  const words = story
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, 30)
    .replace(/-$/, "")
  return `${words}-${randomBytes(3).toString("hex")}`
}

function namespaceOf(name: string, cluster: Cluster, chronicle: Chronicle): Namespace {
  const ref = (kind: KindName, object = "app") => refTo(kind, name, object)
  const get = (kind: KindName, object?: string) => chronicle.latest(ref(kind, object))
  const status = (object?: string) => (get("Canary", object) as Canary | undefined)?.status ?? {}
  const events = (object = "app") => chronicle.events(name, object)

  const moments: Namespace["moments"] = (kind, aspect, object) =>
    changes(chronicle.states(ref(kind, object)).map((state) => ({ value: aspect(state.object), at: state.at })))

  async function until<T>(what: string, look: () => T, { withinMs = PATIENCE_MS } = {}) {
    return chronicle.until(what, look, withinMs)
  }

  return {
    name,
    async create(...objects) {
      for (const object of objects) {
        await cluster.create({ ...object, metadata: { ...object.metadata, namespace: name } })
      }
    },
    patch: (kind, body, object, subresource) => cluster.patch(ref(kind, object), body, subresource),
    remove: (kind, object) => cluster.delete(ref(kind, object)),
    async push(version, object) {
      const { template } = (await cluster.get(ref("Deployment", object)))!["spec"]
      const [container, ...others] = template.spec.containers
      const containers = [{ ...container, image: imageOf(version) }, ...others]
      await cluster.patch(ref("Deployment", object), { spec: { template: { spec: { containers } } } })
    },
    get,
    status,
    history: (kind, aspect, object) => moments(kind, aspect, object).map(({ value }) => value),
    moments,
    events,
    texts: (object) => events(object).map(({ text }) => text),
    until,
    async reaches(phase, object = "app", options) {
      await until(`${object}.${name} is ${phase}`, () => status(object).phase === phase, options)
    },
    hears: (text, object, options) =>
      until(`an event says ${text}`, () => events(object).find((event) => says(event, text)), options),
  }
}

const says = ({ text }: Told, wanted: string | RegExp): boolean =>
  typeof wanted === "string" ? text === wanted : wanted.test(text)

function changes<T>(all: Moment<T>[]): Moment<T>[] {
  const texts = all.map(({ value }) => JSON.stringify(value))
  return all.filter((_, place) => place === 0 || texts[place] !== texts[place - 1])
}

const traces = (namespace: string, operators: Operator[]): string[] =>
  operators.flatMap(({ user, log }) => [
    `${user}:`,
    ...log()
      .split("\n")
      .filter((line) => line.includes(namespace) || /"level":"(error|fatal)"/.test(line))
      .slice(-60),
  ])
