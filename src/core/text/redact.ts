const userinfo = /:\/\/[^/?#\s"]*@/g
const queryValue = /([?&;]([^=&#\s"]+)=)[^&#\s"]+/g
const path = /(:\/\/[^/?#\s"]+)[/?#][^\s"]+/g
const secretName = /token|secret|passw|pwd|credential|auth|signature|^sig$|session|cookie|(?<!idempotency-)key$/i

/** Says of the name of a header or query value that what it holds is nobody's business. */
export const soundsSecret = (name: string): boolean => secretName.test(name)

/** Hides user names, passwords and tokens in the addresses that a text mentions. */
export const redact = (text: string): string =>
  text
    .replace(userinfo, "://***@")
    .replace(queryValue, (whole, start: string, name: string) => (soundsSecret(name) ? `${start}***` : whole))

/** Leaves of every address only scheme and host: the paths of chat webhooks are their passwords. */
export const redactPaths = (text: string): string => redact(text).replace(path, "$1/***")
