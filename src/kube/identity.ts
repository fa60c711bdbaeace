/** How the API server of a cluster is reached. */
export interface Reached {
  readonly server: string
  readonly ca?: string | Buffer
  /** Do not verify the server's certificate. */
  readonly insecure?: boolean
  /** Name the server's certificate must carry when it is not the host's. */
  readonly serverName?: string
  readonly proxyUrl?: string
}

/** Who we are to the server. */
export interface Identity {
  readonly cert?: string | Buffer
  readonly key?: string | Buffer
  /** Headers that say who we are. The same object as long as nothing changed. */
  headers(): Promise<IdentityHeaders>
}

export type IdentityHeaders = Readonly<Record<string, string | string[]>>

/** Everything a connection to one cluster needs. */
export interface Credentials extends Reached, Identity {
  /** Namespace to use when the user names none. */
  readonly namespace?: string
  /** The same credentials read or asked for again, after the server refused these. */
  renewed(): Promise<Credentials>
}
