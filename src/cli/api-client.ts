import { type SigningKey, signRequest } from '../wire/signing/sign-request.ts'

/** Whether nobody answered; `fetch` says it so, also when the answer breaks off. */
export const isUnanswered = (error: unknown): error is TypeError =>
  error instanceof TypeError && ['fetch failed', 'terminated'].includes(error.message)

export interface ApiClientOptions {
  /** Scheme, host and port. */
  readonly endpoint: string
  readonly key: SigningKey
  readonly signal?: AbortSignal
}

export type CallApi = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  target: string,
  body?: unknown,
) => Promise<Readonly<Record<string, unknown>>>

/** The API said no: its code and text, as the vendor's SDKs show them. */
export class ApiRefusal extends Error {
  override readonly name = 'ApiRefusal'
  readonly code: string
  /** Of HTTP. */
  readonly status: number

  constructor({ code, status, message }: { code: string; status: number; message: string }) {
    super(message)
    this.code = code
    this.status = status
  }
}

/** Signed calls of the vendor's and our own API. Throws `ApiRefusal`. */
export const createApiClient =
  ({ endpoint, key, signal }: ApiClientOptions): CallApi =>
  async (method, target, body) => {
    const bytes = new TextEncoder().encode(body === undefined ? '' : JSON.stringify(body))
    const headers = signRequest(
      { method, target, headers: { host: new URL(endpoint).host, 'content-type': 'application/json' }, body: bytes },
      key,
      new Date(),
    )
    // `fetch` sets the same host by itself and lets nobody else do so.
    const { host: _, ...sent } = headers
    const reply = await fetch(endpoint + target, {
      method,
      headers: sent,
      ...(body !== undefined && { body: bytes }),
      ...(signal && { signal }),
    })
    const text = await reply.text()
    const answer = text === '' ? {} : (JSON.parse(text) as Readonly<Record<string, unknown>>)
    if (reply.ok) return answer
    const { status } = reply
    throw new ApiRefusal({ code: String(answer['error_code']), status, message: String(answer['error_msg']) })
  }
