import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'
import type { CatalogReader } from '../../core/catalog/ports.ts'
import { type WatchState, watchState } from '../../core/delivery/watch-state.ts'
import { type AssetId, parseAssetId } from '../../core/shared/ids.ts'
import { WATCH_PAGE } from './watch-page.ts'

export interface WatchDeps {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  /** Share of the asset's running work, 0..1. */
  readonly progressOf: (id: AssetId) => Promise<number | undefined>
}

/** Inline script and style are ours; everything else of the page comes from this server. */
const PAGE_POLICY =
  "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'unsafe-inline'; media-src 'self' blob:; img-src 'self' data:; worker-src blob:; frame-ancestors 'self'"

/** `/watch/{asset_id}`: a small page that shows progress and plays the stream. Published assets only. */
export const registerWatch = (app: FastifyInstance, deps: WatchDeps): void => {
  const player = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js')
  app.get('/watch/:id', async (request, reply) => {
    const found = await stateOf(deps, request.params)
    return reply
      .code(found ? 200 : 404)
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': PAGE_POLICY })
      .header('cache-control', 'no-cache')
      .send(WATCH_PAGE)
  })
  app.get('/watch/:id/state', async (request, reply) => {
    const state = await stateOf(deps, request.params)
    return reply
      .code(state ? 200 : 404)
      .header('cache-control', 'no-store')
      .send(state ?? {})
  })
  app.get('/watch-assets/hls.min.js', async (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=86400' })
      .send(createReadStream(player)),
  )
}

const stateOf = async ({ reader, progressOf }: WatchDeps, params: unknown): Promise<WatchState | undefined> => {
  const { id } = params as Readonly<Record<string, string>>
  const assetId = parseAssetId(id ?? '')
  const asset = assetId && (await reader.assetById(assetId))
  if (!assetId || !asset?.published) return
  const [renditions, progress] = await Promise.all([reader.renditions([assetId]), progressOf(assetId)])
  return watchState(asset, renditions.get(assetId) ?? [], progress)
}
