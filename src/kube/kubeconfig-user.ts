import type { Identity, IdentityHeaders, Reached } from "./identity.ts"
import { type Entry, items, materialOf, pathIn, record, text, where } from "./kubeconfig-file.ts"
import { bearerFromFile } from "./token-file.ts"

/** The identity that a user entry describes. The program or provider it may name is asked at once, so that it fails early. */
export async function identityOf(user: Entry | undefined, cluster: Reached): Promise<Identity> {
  if (!user) return { headers: unchanging({}) }
  const { fields } = user
  const { cert, key, headers } =
    fields.exec || fields["auth-provider"] ? await fromPlugin(user, cluster) : await own(user)
  return { cert, key, headers: withMore(headers, impersonation(fields)) }
}

async function own(user: Entry): Promise<Identity> {
  const cert = await materialOf(user, "client-certificate")
  const key = await materialOf(user, "client-key")
  if (!cert !== !key) throw new Error(`${where(user)} needs both client-certificate and client-key, or neither`)
  return { cert, key, headers: bearerOrPassword(user) }
}

function bearerOrPassword(user: Entry): Identity["headers"] {
  const { tokenFile, token, username, password } = user.fields
  if (text(tokenFile)) return bearerFromFile(pathIn(user, text(tokenFile)))
  if (text(token)) return unchanging({ authorization: `Bearer ${text(token).trim()}` })
  if (!text(username)) return unchanging({})
  const pair = Buffer.from(`${text(username)}:${text(password)}`).toString("base64")
  return unchanging({ authorization: `Basic ${pair}` })
}

// The library behind it takes longer to load than all else together, and only these users need it.
async function fromPlugin(user: Entry, cluster: Reached): Promise<Identity> {
  const { askPlugin } = await import("./exec-credentials.ts")
  return askPlugin(user, cluster)
}

function impersonation(fields: Entry["fields"]): IdentityHeaders {
  const headers: Record<string, string | string[]> = {}
  if (text(fields.as)) headers["impersonate-user"] = text(fields.as)
  if (text(fields["as-uid"])) headers["impersonate-uid"] = text(fields["as-uid"])
  if (items(fields["as-groups"]).length > 0) headers["impersonate-group"] = items(fields["as-groups"]).map(text)
  for (const [key, values] of Object.entries(record(fields["as-user-extra"]))) {
    headers[`impersonate-extra-${encodeURIComponent(key)}`] = items(values).map(text)
  }
  return headers
}

function withMore(headers: Identity["headers"], more: IdentityHeaders): Identity["headers"] {
  if (Object.keys(more).length === 0) return headers
  let from: IdentityHeaders | undefined
  let joined: IdentityHeaders = more
  return async () => {
    const current = await headers()
    if (current !== from) joined = { ...current, ...more }
    from = current
    return joined
  }
}

function unchanging(headers: IdentityHeaders): Identity["headers"] {
  const answer = Promise.resolve(headers)
  return () => answer
}
