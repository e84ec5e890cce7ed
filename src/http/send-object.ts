import { createHash } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { parseRange } from '../core/delivery/byte-range.ts'
import {
  type ObjectAddress,
  ObjectChangedError,
  type ObjectInfo,
  type ObjectStore,
  type OpenedObject,
} from '../core/shared/object-store.ts'
import type { AnswerMemory } from './answer-memory.ts'
import type { HoldBytes, MadeBytes } from './answer-room.ts'

export interface SentObject {
  readonly object: ObjectAddress
  /** Any other version is not found. */
  readonly etag?: string
  readonly contentType: string
  readonly cacheControl: string
}

export interface ObjectSource {
  readonly store: Pick<ObjectStore, 'head' | 'open' | 'read'>
  /** Absent: all are sent piece by piece. */
  readonly memory?: AnswerMemory
}

export interface Exchange {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
}

/** Answers with a text, whole: GET and HEAD, ETag, If-None-Match. */
export const sendText = (
  text: string,
  { contentType, cacheControl }: Pick<SentObject, 'contentType' | 'cacheControl'>,
  { request, reply }: Exchange,
): FastifyReply => {
  const etag = `"${createHash('sha256').update(text).digest('base64url')}"`
  reply.headers({
    etag,
    'cache-control': cacheControl,
    'content-type': contentType,
    'x-content-type-options': 'nosniff',
  })
  return matches(request.headers['if-none-match'], etag) ? reply.code(304).send() : reply.send(text)
}

/** Answers with bytes that are made for who asks, whole, and never others under the name. For HEAD they are not made: their number stays unsaid. */
export const sendBytes = async (
  hold: HoldBytes,
  { contentType, cacheControl, ...made }: MadeBytes & Pick<SentObject, 'contentType' | 'cacheControl'>,
  exchange: Exchange,
): Promise<FastifyReply> => {
  const { request, reply } = exchange
  const isLook = request.method === 'HEAD'
  const bytes = isLook ? undefined : await hold(made, exchange)
  if (!bytes && !isLook) return sendLater(reply)
  return reply
    .headers({ 'cache-control': cacheControl, 'content-type': contentType, 'x-content-type-options': 'nosniff' })
    .send(bytes)
}

/** Who asks again finds it, or may wait for it again. */
export const sendLater = (reply: FastifyReply): FastifyReply =>
  reply.code(503).headers({ 'retry-after': '1', 'cache-control': 'no-store' }).send()

/** Answers with an object: GET and HEAD, ETag, one Range, If-None-Match, If-Range (RFC 9110). 404 when there is none. */
export const sendObject = async (
  { store, memory }: ObjectSource,
  { object, etag: wanted, contentType, cacheControl }: SentObject,
  exchange: Exchange,
): Promise<FastifyReply> => {
  const { request, reply } = exchange
  const { info, opened } = await lookAt(store, object, request)
  if (!info || (wanted !== undefined && wanted !== info.etag)) {
    await opened?.close()
    return sendNotFound(reply)
  }
  const etag = `"${info.etag}"`
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': cacheControl,
    'content-type': contentType,
    'last-modified': info.modifiedAt.toUTCString(),
    'x-content-type-options': 'nosniff',
  })
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const { range, sizeBytes } = rangeOf(request, info, etag)
  if (range === 'unsatisfiable') {
    reply.headers({ 'cache-control': 'no-store', 'content-range': `bytes */${info.sizeBytes}` })
    return reply.code(416).send()
  }
  reply.header('content-length', sizeBytes)
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${info.sizeBytes}`)
  if (request.method === 'HEAD') return reply.send()
  try {
    if (opened) return await reply.send(memory ? await memory.read(opened, exchange) : opened.stream())
    return await reply.send(await store.read(object, { ifMatch: info.etag, ...(range && { range }) }))
  } catch (error) {
    if (error instanceof ObjectChangedError) return sendNotFound(reply)
    throw error
  }
}

/** Who gets the whole object gets it in one step; of others it has to be known first what they get. */
const lookAt = async (
  store: ObjectSource['store'],
  object: ObjectAddress,
  { method, headers }: FastifyRequest,
): Promise<{ readonly info?: ObjectInfo; readonly opened?: OpenedObject }> => {
  const isWhole = method === 'GET' && headers.range === undefined && headers['if-none-match'] === undefined
  if (isWhole) {
    const opened = await store.open(object)
    return opened ? { info: opened.info, opened } : {}
  }
  const info = await store.head(object)
  return info ? { info } : {}
}

/** Says nothing about what there is, and is never kept: the same path may exist a second later. */
export const sendNotFound = (reply: FastifyReply): FastifyReply =>
  reply
    .code(404)
    .removeHeader('content-length')
    .removeHeader('content-range')
    .removeHeader('etag')
    .removeHeader('last-modified')
    .headers({ 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' })
    .send('Not found\n')

const rangeOf = (request: FastifyRequest, info: ObjectInfo, etag: string) => {
  const ifRange = request.headers['if-range']
  // A part of another version than the client already holds would corrupt what it has.
  const current = typeof ifRange !== 'string' || ifRange === etag
  const answer = parseRange(current ? request.headers.range : undefined, info.sizeBytes)
  if (answer.type === 'unsatisfiable') return { range: answer.type, sizeBytes: 0 } as const
  if (answer.type === 'whole') return { range: undefined, sizeBytes: info.sizeBytes } as const
  return { range: answer.range, sizeBytes: answer.range.end - answer.range.start + 1 } as const
}

const matches = (header: string | undefined, etag: string): boolean =>
  header !== undefined &&
  (header === '*' || header.split(',').some((value) => value.trim().replace(/^W\//, '') === etag))
