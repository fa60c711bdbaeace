import type { AlertProvider } from "#api/alert-provider.ts"
import type { AlertRef, Canary } from "#api/canary.ts"
import type { Severity } from "#core/rollout/say.ts"
import type { Notifier, NotifierOptions } from "./contract.ts"
import { notifierFor } from "./registry.ts"

/** Somebody who can be alerted. */
export interface Receiver {
  notifier: Notifier
  options: NotifierOptions
}

/** Where AlertProviders and decoded Secrets come from; undefined when there is none. */
export interface ReceiverSources {
  provider(namespace: string, name: string): Promise<AlertProvider | undefined>
  secret(namespace: string, name: string): Promise<Readonly<Record<string, string>> | undefined>
}

export interface ProviderRef {
  name: string
  namespace: string
}

const ranks = { info: 0, warn: 1, error: 2 } as const

/** The entries of `analysis.alerts` that want an alert of this severity. One without a severity wants all. */
export const alertsFor = (canary: Canary, severity: Severity): AlertRef[] =>
  (canary.spec.analysis.alerts ?? []).filter((entry) => ranks[severity] >= ranks[entry.severity || "info"])

/** Reads provider and Secret as they are at this moment. Undefined when there is no address; throws what to log. */
export async function receiverOf(ref: ProviderRef, sources: ReceiverSources): Promise<Receiver | undefined> {
  const context = `alert provider ${ref.name}.${ref.namespace}`
  const { spec } = await read(`${context} error`, `alertproviders.flagger.app "${ref.name}"`, () =>
    sources.provider(ref.namespace, ref.name),
  )
  const secret = spec.secretRef && (await secretOf(spec.secretRef.name, ref, sources))
  const address = secret?.address ?? spec.address
  if (!address) return undefined
  const options: NotifierOptions = {
    address,
    channel: spec.channel || "general",
    username: spec.username || "flagger",
    token: secret?.token,
    proxy: spec.proxy,
  }
  return checked(context, spec.type, options)
}

interface AddressSecret {
  address: string
  token?: string
}

async function secretOf(name: string, ref: ProviderRef, sources: ReceiverSources): Promise<AddressSecret> {
  const context = `alert provider ${ref.name}.${ref.namespace}`
  const found = await read(`${context} secretRef error`, `secrets "${name}"`, () => sources.secret(ref.namespace, name))
  // Secrets made from files end in a line end that nobody means.
  const address = found.address?.trim()
  if (!address) throw new Error(`${context} secret does not contain an address`)
  return { address, token: found.token?.trim() || undefined }
}

async function read<T>(context: string, what: string, get: () => Promise<T | undefined>): Promise<T> {
  const found = await get().catch((error: Error) => {
    throw new Error(`${context}: ${error.message}`, { cause: error })
  })
  if (!found) throw new Error(`${context}: ${what} not found`)
  return found
}

function checked(context: string, type: string | undefined, options: NotifierOptions): Receiver {
  try {
    const notifier = notifierFor(type ?? "")
    const problem = notifier.problem(options)
    if (!problem) return { notifier, options }
    throw new Error(problem)
  } catch (error) {
    throw new Error(`${context} error: ${(error as Error).message}`, { cause: error })
  }
}
