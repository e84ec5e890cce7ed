import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import type { CatalogReader } from '../core/catalog/ports.ts'
import { parseRange } from '../core/delivery/byte-range.ts'
import { type Caching, type Deliverable, resolvePath } from '../core/delivery/resolve-path.ts'
import { parseAssetId } from '../core/shared/ids.ts'
import { ObjectChangedError, type ObjectInfo, type ObjectStore } from '../core/shared/object-store.ts'

export interface DeliveryDeps {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'read'>
  readonly serviceBucket: string
}

const CACHE_CONTROL: Readonly<Record<Caching, string>> = {
  forever: 'public, max-age=31536000, immutable',
  revalidate: 'no-cache',
  minutes: 'public, max-age=180',
}

/** Players on any site may read; nothing here depends on cookies. */
const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Content-Length, Content-Range, ETag, Accept-Ranges',
}

/** Serves `/asset/{id}/...` to viewers: Range, ETag, If-Range, CORS. Registered outside the API: it needs no credentials. */
export const registerDelivery = (app: FastifyInstance, deps: DeliveryDeps): void => {
  app.options('/asset/*', async (_request, reply) =>
    reply
      .code(204)
      .headers(CORS)
      .headers({
        'access-control-allow-methods': 'GET, HEAD, OPTIONS',
        'access-control-allow-headers': 'Range, If-Range, If-None-Match',
        'access-control-max-age': '86400',
      })
      .send(),
  )
  app.route({
    method: ['GET', 'HEAD'],
    url: '/asset/:id/*',
    handler: (request, reply) => deliver(deps, request, reply.headers(CORS)),
  })
}

const deliver = async (deps: DeliveryDeps, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> => {
  const deliverable = await find(deps, request.params)
  const object = deliverable && { bucket: deps.serviceBucket, key: deliverable.key }
  const info = object && (await deps.store.head(object))
  if (!deliverable || !object || !info) return notFound(reply)
  const etag = `"${info.etag}"`
  reply.headers({
    etag,
    'accept-ranges': 'bytes',
    'cache-control': CACHE_CONTROL[deliverable.caching],
    'content-type': deliverable.contentType,
    'last-modified': info.modifiedAt.toUTCString(),
    'x-content-type-options': 'nosniff',
  })
  if (matches(request.headers['if-none-match'], etag)) return reply.code(304).send()
  const { range, sizeBytes } = rangeOf(request, info, etag)
  if (range === 'unsatisfiable') return reply.code(416).header('content-range', `bytes */${info.sizeBytes}`).send()
  reply.header('content-length', sizeBytes)
  if (range) reply.code(206).header('content-range', `bytes ${range.start}-${range.end}/${info.sizeBytes}`)
  if (request.method === 'HEAD' || sizeBytes === 0) return reply.send()
  try {
    return await reply.send(await deps.store.read(object, { ifMatch: info.etag, ...(range && { range }) }))
  } catch (error) {
    if (error instanceof ObjectChangedError) return notFound(reply)
    throw error
  }
}

const notFound = (reply: FastifyReply): FastifyReply =>
  reply
    .code(404)
    .removeHeader('content-length')
    .removeHeader('content-range')
    .headers({ 'cache-control': 'no-store', 'content-type': 'text/plain; charset=utf-8' })
    .send('Not found\n')

const find = async ({ reader }: DeliveryDeps, params: unknown): Promise<Deliverable | undefined> => {
  const { id, '*': path } = params as Readonly<Record<string, string>>
  const assetId = parseAssetId(id ?? '')
  if (!assetId || !path) return
  const [asset, renditions] = await Promise.all([reader.assetById(assetId), reader.renditions([assetId])])
  return asset && resolvePath(asset, renditions.get(assetId) ?? [], path)
}

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
