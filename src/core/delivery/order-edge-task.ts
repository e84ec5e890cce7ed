import type { Asset } from '../catalog/asset.ts'
import type { CatalogReader } from '../catalog/ports.ts'
import { type AssetId, type NewId, type ProjectId, parseAssetId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'
import { type KnownFiles, knownPaths, playPaths } from './edge-paths.ts'
import type { EdgeCaches, EdgeItem, EdgeKind, EdgeTasks } from './edge-ports.ts'
import type { EdgeOrder, EdgeUseCases } from './edge-use-cases.ts'
import { parsePublicUrl } from './public-url.ts'

export interface EdgeOrderDeps {
  readonly reader: Pick<CatalogReader, 'asset' | 'renditions'>
  readonly tasks: EdgeTasks
  readonly caches: Pick<EdgeCaches, 'edges'>
  readonly newId: NewId
}

/** URLs of a project in a day (delivery.md 6). */
export const PER_DAY = 1000
/** In one preheat call. */
export const MOST_PREHEAT_URLS = 10

/**
 * Queue what a call asks of the edges, and answer the task's id. Order of checks: edges, hosts, assets, their states, quota. `preheat` throws
 * `no_edge`, `unknown_domain`, `asset_not_found`, `asset_not_ready`, `over_preheat_quota`, `too_many_preheat_urls`; `refresh` `no_refreshed_edge`,
 * `asset_busy`, `over_refresh_quota`.
 */
export const edgeUseCases = (deps: EdgeOrderDeps): EdgeUseCases => ({
  async preheat(projectId, order) {
    if (order.urls.length > MOST_PREHEAT_URLS) throw new DomainError({ kind: 'too_many_preheat_urls' })
    if (deps.caches.edges.length === 0) throw new DomainError({ kind: 'no_edge' })
    const items = await itemsOf(deps, projectId, { order, pathsOf: playPaths, requireState: requirePublished })
    return add(deps, { projectId, kind: 'preheat', items })
  },
  async refresh(projectId, order) {
    if (deps.caches.edges.length === 0) throw new DomainError({ kind: 'no_refreshed_edge' })
    const items = await itemsOf(deps, projectId, { order, pathsOf: knownPaths, requireState: requireSettled })
    return add(deps, { projectId, kind: 'refresh', items })
  },
  async showEdgeTask(projectId, kind, id) {
    const items = await deps.tasks.items(projectId, kind, id)
    if (!items) throw new DomainError({ kind: 'edge_task_not_found' })
    return items
  },
})

const requirePublished = ({ published, ingest }: Asset): void => {
  if (ingest.state === 'deleted') throw new DomainError({ kind: 'asset_not_found' })
  if (!published) throw new DomainError({ kind: 'asset_not_ready' })
}

/** Also a deleted one: edges may hold what is gone here (decisions.md 2). */
const requireSettled = ({ ingest }: Asset): void => {
  if (ingest.state !== 'created' && ingest.state !== 'deleted') throw new DomainError({ kind: 'asset_busy' })
}

interface Choice {
  readonly order: EdgeOrder
  readonly pathsOf: (files: KnownFiles) => readonly string[]
  readonly requireState: (asset: Asset) => void
}

const itemsOf = async (
  { reader, caches }: EdgeOrderDeps,
  projectId: ProjectId,
  { order: { assetIds, urls, publicUrl }, pathsOf, requireState }: Choice,
): Promise<readonly EdgeItem[]> => {
  const named = urls.map((url) => parsePublicUrl(url, [publicUrl, ...caches.edges]))
  const known = async (id: AssetId | undefined): Promise<Asset> => {
    const asset = id && (await reader.asset(projectId, id))
    if (!asset) throw new DomainError({ kind: 'asset_not_found' })
    requireState(asset)
    return asset
  }
  const items: EdgeItem[] = []
  for (const id of new Set(assetIds)) {
    const asset = await known(parseAssetId(id))
    const renditions = (await reader.renditions([asset.id])).get(asset.id) ?? []
    items.push(...pathsOf({ asset, renditions, adopted: [] }).map((path) => ({ assetId: asset.id, path })))
  }
  for (const item of named) {
    await known(item.assetId)
    items.push(item)
  }
  return [...new Map(items.map((item) => [`${item.origin} ${item.assetId} ${item.path}`, item])).values()]
}

interface Order {
  readonly projectId: ProjectId
  readonly kind: EdgeKind
  readonly items: readonly EdgeItem[]
}

const add = async ({ tasks, newId }: EdgeOrderDeps, order: Order): Promise<string> => {
  const id = newId()
  if ((await tasks.add({ id, ...order }, PER_DAY)) === 'added') return id
  throw new DomainError({ kind: `over_${order.kind}_quota`, limit: PER_DAY })
}
