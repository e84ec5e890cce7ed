import { connect } from 'node:net'
import { PassThrough } from 'node:stream'
import type { FastifyInstance } from 'fastify'
import { randomId } from '../../src/adapters/random-id.ts'
import type { Principal } from '../../src/core/auth/principal.ts'
import type { ProjectId, UserId } from '../../src/core/shared/ids.ts'
import { GatewayError } from '../../src/http/gateway-error.ts'
import { createLogger } from '../../src/http/logger.ts'
import { buildServer, type ServerDeps } from '../../src/http/server.ts'
import type { AnyOperation, Core } from '../../src/wire/operation.ts'

export const PROJECT = '0123456789abcdef0123456789abcdef' as ProjectId
export const OTHER_PROJECT = 'fedcba9876543210fedcba9876543210' as ProjectId

export const principal = (change: Partial<Principal> = {}): Principal => ({
  userId: '1'.repeat(32) as UserId,
  userName: 'alice',
  role: 'member',
  projects: [PROJECT],
  via: 'access_key',
  ...change,
})

export interface Served extends AsyncDisposable {
  readonly app: FastifyInstance
  readonly url: string
  readonly port: number
  /** All lines logged so far. */
  readonly log: () => string
}

/** A server with these operations on a free port. The token `let-me-in` is good, everything else is refused. */
export const serve = async (
  operations: readonly AnyOperation[],
  deps: Partial<ServerDeps> & { readonly as?: Principal; readonly extend?: (app: FastifyInstance) => void } = {},
): Promise<Served> => {
  const { as = principal(), extend, ...rest } = deps
  const lines: string[] = []
  const destination = new PassThrough().on('data', (line: Buffer) => lines.push(line.toString()))
  const app = buildServer({
    core: {} as Core,
    operations,
    logger: createLogger({ level: 'debug', destination }),
    publicUrl: () => 'http://media.example',
    region: 'cn-north-4',
    newId: randomId,
    authenticate: async ({ headers }) => {
      if (headers.get('x-auth-token')?.[0] === 'let-me-in') return as
      throw new GatewayError(401, 'APIGW.0301', { message: 'Incorrect IAM authentication information' })
    },
    ...rest,
  })
  extend?.(app)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })
  return {
    app,
    url,
    port: Number(new URL(url).port),
    log: () => lines.join(''),
    [Symbol.asyncDispose]: () => app.close(),
  }
}

/** With the good token. */
export const call = async (served: Served, path: string, init: RequestInit = {}) => {
  const headers = { 'x-auth-token': 'let-me-in', 'content-type': 'application/json', ...init.headers }
  const response = await fetch(served.url + path, { redirect: 'manual', ...init, headers })
  const text = await response.text()
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) }
}

/** Sends these bytes over a socket of their own and answers all that comes back until the server hangs up. */
export const exchange = (port: number, bytes: string | Buffer): Promise<string> =>
  new Promise((resolve, reject) => {
    const received: Buffer[] = []
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (chunk) => received.push(chunk))
    socket.on('close', () => resolve(Buffer.concat(received).toString()))
    socket.on('error', reject)
  })
