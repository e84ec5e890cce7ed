import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import type { FastifyBaseLogger, FastifyInstance, FastifyRequest } from 'fastify'
import { shownRenditions } from '../../core/catalog/adopted-file.ts'
import type { Asset } from '../../core/catalog/asset.ts'
import type { CatalogReader } from '../../core/catalog/ports.ts'
import type { Rendition } from '../../core/catalog/rendition.ts'
import { hasPreview } from '../../core/delivery/preview-part.ts'
import { openSource, type SourceUse } from '../../core/delivery/source-film.ts'
import { awaitsRenditions, isWatchable, watchState } from '../../core/delivery/watch-state.ts'
import type { CutMovie } from '../../core/packaging/cut-movie.ts'
import type { ViewerProgress } from '../../core/progress/for-viewers.ts'
import { type AssetId, parseAssetId } from '../../core/shared/ids.ts'
import { pagePolicy } from './page-policy.ts'
import { WATCH_PAGE, WATCH_STYLE } from './watch-page.ts'
import { WATCH_SCRIPT } from './watch-script.ts'

export interface WatchDeps extends SourceUse {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly progressOf: (id: AssetId) => Promise<ViewerProgress | undefined>
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
    const found = await find(deps, request)
    return reply
      .code(found ? 200 : 404)
      .headers({ 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy })
      .header('cache-control', 'no-cache')
      .send(WATCH_PAGE)
  })
  app.get('/watch/:id/state', async (request, reply) => {
    const found = await find(deps, request)
    reply.header('cache-control', 'no-store')
    if (!found) return reply.code(404).send({})
    const { asset, ...known } = found
    return reply.send(watchState(asset, { ...known, progress: await deps.progressOf(asset.id) }))
  })
  app.get('/watch-assets/hls.min.js', async (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/javascript; charset=utf-8', 'cache-control': 'public, max-age=86400' })
      .send(createReadStream(player)),
  )
}

interface Found {
  readonly asset: Asset
  /** That are shown. */
  readonly renditions: readonly Rendition[]
  readonly film: CutMovie | undefined
  readonly hasPreview: boolean
}

/** `undefined`: viewers are not to know of it. */
const find = async (deps: WatchDeps, { params, log }: FastifyRequest): Promise<Found | undefined> => {
  const { id } = params as Readonly<Record<string, string>>
  const assetId = parseAssetId(id ?? '')
  const asset = assetId && (await deps.reader.assetById(assetId))
  if (!asset) return
  const renditions = shownRenditions(asset, (await deps.reader.renditions([asset.id])).get(asset.id) ?? [])
  const isAwaited = awaitsRenditions(asset, renditions)
  const film = isAwaited ? await openFilm(deps, asset, log) : undefined
  if (!isWatchable(asset, { film })) return
  return { asset, renditions, film, hasPreview: isAwaited && !film && (await hasPreview(deps, asset)) }
}

/** A store that does not let us read the source, or fails, holds up no page. */
const openFilm = async (deps: WatchDeps, asset: Asset, log: FastifyBaseLogger): Promise<CutMovie | undefined> => {
  try {
    return (await openSource(deps, asset))?.movie
  } catch (err) {
    log.warn({ err }, `the source of ${asset.id} cannot be read`)
    return
  }
}
