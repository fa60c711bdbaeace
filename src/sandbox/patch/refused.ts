/** A patch that cannot be applied, in the API server's words. */
export class PatchRefused extends Error {
  readonly status: 400 | 413 | 415 | 422 | 500
  /** Empty where the server gives none. */
  readonly reason: string

  constructor(status: PatchRefused["status"], message: string) {
    super(message)
    this.name = "PatchRefused"
    this.status = status
    this.reason = reasons[status]
  }
}

const reasons: Readonly<Record<PatchRefused["status"], string>> = {
  400: "BadRequest",
  413: "RequestEntityTooLarge",
  415: "UnsupportedMediaType",
  422: "Invalid",
  500: "",
}
