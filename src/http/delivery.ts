import type { FastifyInstance } from 'fastify'
import type { CatalogReader } from '../core/catalog/ports.ts'
import { type Caching, type Deliverable, resolvePath } from '../core/delivery/resolve-path.ts'
import { parseAssetId } from '../core/shared/ids.ts'
import type { ObjectAddress, ObjectStore } from '../core/shared/object-store.ts'
import { sendNotFound, sendObject } from './send-object.ts'

export interface DeliveryDeps {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'head' | 'read'>
  readonly serviceBucket: string
  /** The object that a signed storage URL allows to read; only the local store signs URLs of ours. */
  readonly signedObject?: (url: string) => ObjectAddress | undefined
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

/** Serves `/asset/{id}/...` to viewers, and signed `/storage/...` URLs to whoever has one. Needs no credentials. */
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
    async handler(request, reply) {
      reply.headers(CORS)
      const found = await find(deps, request.params)
      if (!found) return sendNotFound(reply)
      const { caching, ...sent } = found
      return sendObject(deps.store, { ...sent, cacheControl: CACHE_CONTROL[caching] }, { request, reply })
    },
  })
  const { signedObject } = deps
  if (!signedObject) return
  app.route({
    method: ['GET', 'HEAD'],
    url: '/storage/*',
    handler(request, reply) {
      const object = signedObject(request.raw.url ?? '')
      if (!object) return reply.code(403).header('content-type', 'text/plain; charset=utf-8').send('Forbidden\n')
      const sent = { object, contentType: 'application/octet-stream', cacheControl: 'private, no-store' }
      return sendObject(deps.store, sent, { request, reply })
    },
  })
}

const find = async ({ reader, serviceBucket }: DeliveryDeps, params: unknown): Promise<Deliverable | undefined> => {
  const { id = '', '*': path = '' } = params as Readonly<Partial<Record<string, string>>>
  const assetId = parseAssetId(id)
  if (!assetId || path === '') return
  const [asset, renditions] = await Promise.all([reader.assetById(assetId), reader.renditions([assetId])])
  return asset && resolvePath(asset, renditions.get(assetId) ?? [], { path, serviceBucket })
}
