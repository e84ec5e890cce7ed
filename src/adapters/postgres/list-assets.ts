import type { Kysely, SelectQueryBuilder } from 'kysely'
import type { AssetPage, Page, SnapshotFilter } from '../../core/catalog/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { conditionsOf } from './asset-conditions.ts'
import { toAsset } from './asset-row.ts'
import { type ListRequest, TOTAL_CAP } from './list-request.ts'
import type { DB } from './schema.generated.ts'
import { searchAssets } from './search-assets.ts'

/** Ids override every other filter, and only they find deleted assets. */
export const listAssets = async (db: Kysely<DB>, request: ListRequest): Promise<AssetPage> => {
  const { projectId, filter, page } = request
  const { ids, text, tags } = filter
  if (!ids && (text !== undefined || tags)) return searchAssets(db, request)
  const matching = db
    .selectFrom('asset')
    .where('project_id', '=', projectId)
    .where((eb) => eb.and(ids ? [eb('id', 'in', [...ids, ''])] : conditionsOf({ ...filter, categories: [] })))
  const [found, counted] = await Promise.all([
    readPage(db, matching, page),
    db
      .selectFrom(matching.select('id').limit(TOTAL_CAP).as('matching'))
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow(),
  ])
  return { ...found, total: counted.total }
}

const readPage = async (
  db: Kysely<DB>,
  matching: SelectQueryBuilder<DB, 'asset', object>,
  page: Page,
): Promise<Pick<AssetPage, 'assets' | 'more'>> => {
  const rows = await db
    // What is passed over on the way to a later page is counted off in the index, without its rows.
    .with('paged', () =>
      matching
        .select('id')
        .orderBy('created_at', page.order)
        .orderBy('id', page.order)
        // One more than the page has: it tells whether there is another page, which the capped count cannot.
        .limit(page.size + 1)
        .offset(page.page * page.size),
    )
    .selectFrom('asset')
    .selectAll()
    .where('id', 'in', (eb) => eb.selectFrom('paged').select('id'))
    .orderBy('created_at', page.order)
    .orderBy('id', page.order)
    .execute()
  return { assets: rows.slice(0, page.size).map(toAsset), more: rows.length > page.size }
}

/** One asset per snapshot task. */
export const assetsWithSnapshots = async (
  db: Kysely<DB>,
  projectId: ProjectId,
  {
    filter,
    range,
  }: { readonly filter: SnapshotFilter; readonly range: { readonly offset: number; readonly limit: number } },
): Promise<Pick<AssetPage, 'assets' | 'total'>> => {
  const matching = db
    .selectFrom('asset')
    .where('project_id', '=', projectId)
    .where('ingest_state', '!=', 'deleted')
    .where('snapshot_task', 'is not', null)
    .$if(filter.assetId !== undefined, (query) => query.where('id', '=', filter.assetId ?? ''))
    .$if(filter.task !== undefined, (query) => query.where('snapshot_task', '=', filter.task ?? ''))
  const [rows, counted] = await Promise.all([
    matching.selectAll().orderBy('created_at', 'desc').orderBy('id').offset(range.offset).limit(range.limit).execute(),
    db
      .selectFrom(matching.select('id').limit(TOTAL_CAP).as('matching'))
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow(),
  ])
  return { assets: rows.map(toAsset), total: Number(counted.total) }
}
