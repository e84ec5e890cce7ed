import type { FastifyInstance, FastifyReply } from 'fastify'
import { readToken } from '../core/delivery/carry-token.ts'
import type { FindKey } from '../core/delivery/find-key.ts'
import { CORS, queryOf } from './delivery.ts'
import { networkOf } from './lockout.ts'
import type { MinuteCounter } from './rate-limit.ts'
import { sendNotFound } from './send-object.ts'

export interface KeyServiceDeps {
  readonly findKey: FindKey
  readonly counter: MinuteCounter
}

/** Players keep the key of a stream: whoever asks more often collects keys. Many viewers may share an address. */
const PER_VIEWER = 60
const PER_ADDRESS = 600

/** The built-in key service: `GET /asset/{id}/keys/{run}?token=...` answers the 16 bytes of an AES-128 key. */
export const registerKeyService = (app: FastifyInstance, { findKey, counter }: KeyServiceDeps): void => {
  app.get('/asset/:id/keys/:run', async (request, reply) => {
    reply.headers(CORS).header('cache-control', 'no-store')
    const { id = '', run = '' } = request.params as Readonly<Partial<Record<string, string>>>
    const from = networkOf(request.ip)
    // Before the token is looked at, so that guessing has the same limit.
    if (counter.take([{ key: `play-key address ${from}`, perMinute: PER_ADDRESS }])) return tooMany(reply, counter)
    const token = readToken(queryOf(request)) ?? ''
    const answer = await findKey({ id, run, token, isFrom: (address) => networkOf(address) === from })
    if (answer.kind === 'absent') return sendNotFound(reply)
    if (answer.kind === 'refused') return sendPlain(reply, 403, answer.reason)
    const { viewer, key } = answer
    const quota = { key: `play-key viewer ${id} ${viewer}`, perMinute: PER_VIEWER }
    if (counter.take([quota])) return tooMany(reply, counter)
    request.log.info({ asset: id, viewer, ip: request.ip }, 'key given')
    return reply
      .headers({ 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff' })
      .send(Buffer.from(key))
  })
}

const tooMany = (reply: FastifyReply, counter: MinuteCounter): FastifyReply =>
  sendPlain(reply.header('retry-after', String(counter.secondsLeft())), 429, 'Too many requests for keys.')

const sendPlain = (reply: FastifyReply, status: number, text: string): FastifyReply =>
  reply.code(status).header('content-type', 'text/plain; charset=utf-8').send(`${text}\n`)
