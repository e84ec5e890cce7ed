/**
 * A refusal by what the vendor puts in front of the service: credentials, rate limits, size, unknown paths. Told apart
 * from a `DomainError` because its body has a `request_id` and its codes are `APIGW.nnnn` (contract/auth.md section 5).
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly status: number
  readonly code: `APIGW.${string}`
  /** Sent with the reply, e.g. `retry-after`. */
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    code: `APIGW.${string}`,
    { message, headers = {}, cause }: { message: string; headers?: Readonly<Record<string, string>>; cause?: unknown },
  ) {
    super(message, cause === undefined ? {} : { cause })
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Known path, other method; what no path matches has a text of its own. */
export const unknownMethod = (): GatewayError =>
  new GatewayError(404, 'APIGW.0101', { message: 'The API does not exist.' })

export const unknownPath = (): GatewayError =>
  new GatewayError(404, 'APIGW.0101', {
    message: 'The API does not exist or has not been published in the environment.',
  })

export const malformedRequest = (cause?: unknown): GatewayError =>
  new GatewayError(400, 'APIGW.0201', { message: 'API request error.', cause })

export const bodyTooLarge = (): GatewayError =>
  new GatewayError(413, 'APIGW.0201', { message: 'Request entity too large.', headers: { connection: 'close' } })

/** Also when Node's own limit for a whole request ends it. */
export const bodyTooSlow = (): GatewayError =>
  new GatewayError(408, 'APIGW.0201', { message: 'API request error.', headers: { connection: 'close' } })

/** The vendor's code for identities that cannot be looked up, which is what a request needs the database for first. */
export const databaseDown = (cause: unknown): GatewayError =>
  new GatewayError(503, 'APIGW.0613', {
    message: 'The database is currently unavailable. Try again later.',
    headers: { 'retry-after': '1' },
    cause,
  })

export const uriTooLarge = (): GatewayError =>
  new GatewayError(414, 'APIGW.0201', { message: 'Request URI too large.' })
