import { Agent, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { type SigningKey, signRequest } from '../src/wire/signing/sign-request.ts'

export interface Reply {
  readonly status: number
  readonly body: string
}

/** Signed calls over connections that are kept. */
export class SignedClient implements Disposable {
  readonly #endpoint: URL
  readonly #key: SigningKey
  readonly #agent: Agent

  constructor(endpoint: string, { key, connections }: { readonly key: SigningKey; readonly connections: number }) {
    this.#endpoint = new URL(endpoint)
    this.#key = key
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections })
  }

  async send(method: 'GET' | 'POST' | 'PUT', target: string, body?: unknown): Promise<Reply> {
    const { host, hostname, port } = this.#endpoint
    const bytes = Buffer.from(body === undefined ? '' : JSON.stringify(body))
    const headers = signRequest(
      { method, target, headers: { host, 'content-type': 'application/json' }, body: bytes },
      this.#key,
      new Date(),
    )
    return new Promise((resolve, reject) => {
      const sent = request({ agent: this.#agent, hostname, port, method, path: target, headers })
      sent.on('error', reject)
      sent.on('response', (response) => {
        text(response).then((answer) => resolve({ status: response.statusCode ?? 0, body: answer }), reject)
      })
      sent.end(bytes)
    })
  }

  /** The answer's members. Throws when the API refused. */
  async call(
    method: 'GET' | 'POST' | 'PUT',
    target: string,
    body?: unknown,
  ): Promise<Readonly<Record<string, unknown>>> {
    const reply = await this.send(method, target, body)
    if (reply.status >= 300)
      throw new Error(`${method} ${target.split('?')[0]} answered ${reply.status}: ${reply.body}`)
    const answer: unknown = reply.body === '' ? {} : JSON.parse(reply.body)
    if (typeof answer !== 'object' || answer === null) throw new Error(`${target} answered no object`)
    return Object.fromEntries(Object.entries(answer))
  }

  [Symbol.dispose](): void {
    this.#agent.destroy()
  }
}
