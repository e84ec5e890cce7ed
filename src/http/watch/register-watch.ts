import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyInstance } from 'fastify'
import { shownRenditions } from '../../core/catalog/adopted-file.ts'
import type { CatalogReader } from '../../core/catalog/ports.ts'
import { openSource, type SourceUse } from '../../core/delivery/source-film.ts'
import { type WatchState, watchState } from '../../core/delivery/watch-state.ts'
import { type AssetId, parseAssetId } from '../../core/shared/ids.ts'
import { pagePolicy } from './page-policy.ts'
import { WATCH_PAGE, WATCH_STYLE } from './watch-page.ts'
import { WATCH_SCRIPT } from './watch-script.ts'

export interface WatchDeps extends SourceUse {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  /** Share of the asset's running work, 0..1. */
  readonly progressOf: (id: AssetId) => Promise<number | undefined>
}

/**
 * `/watch/{asset_id}`: a small page that shows progress and plays the stream. Of assets that are not
 * published it knows no more than of those that never were; it asks again until they are.
 */
export const registerWatch = (app: FastifyInstance, deps: WatchDeps): void => {
  const player = createRequire(import.meta.url).resolve('hls.js/dist/hls.min.js')
  const policy = pagePolicy({
    ...{ script: WATCH_SCRIPT, style: WATCH_STYLE },
    more: ["media-src 'self' blob: data:", 'worker-src blob:'],
  })
  app.get('/watch/:id', async (request, reply) => {
    const found = await stateOf(deps, request.params)
    return reply
      .code(found ? 200 : 404)
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
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

const stateOf = async (deps: WatchDeps, params: unknown): Promise<WatchState | undefined> => {
  const { id } = params as Readonly<Record<string, string>>
  const assetId = parseAssetId(id ?? '')
  const asset = assetId && (await deps.reader.assetById(assetId))
  if (!assetId || !asset) return
  const [found, progress, film] = await Promise.all([
    deps.reader.renditions([assetId]),
    deps.progressOf(assetId),
    openSource(deps, asset),
  ])
  return watchState(asset, {
    renditions: shownRenditions(asset, found.get(assetId) ?? []),
    progress,
    film: film?.movie,
  })
}
