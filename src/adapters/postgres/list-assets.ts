import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from 'kysely'
import type { AssetFilter, AssetPage, AssetStateFilter, Page, SnapshotFilter } from '../../core/catalog/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { toAsset } from './asset-row.ts'
import type { DB } from './schema.generated.ts'

type Builder = ExpressionBuilder<DB, 'asset'>
type Condition = Expression<SqlBool>

/** Counting stops here: the contract caps `total`, and a count over everything would cost more than the page. */
const TOTAL_CAP = 20_000

/** Ids override every other filter, and only they find deleted assets. */
export const listAssets = async (
  db: Kysely<DB>,
  projectId: ProjectId,
  { filter, page }: { readonly filter: AssetFilter; readonly page: Page },
): Promise<AssetPage> => {
  const matching = db
    .selectFrom('asset')
    .where('project_id', '=', projectId)
    .where((eb) => eb.and(filter.ids ? [eb('id', 'in', [...filter.ids, ''])] : conditions(eb, filter)))
  const [rows, counted] = await Promise.all([
    db
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
      .execute(),
    db
      .selectFrom(matching.select('id').limit(TOTAL_CAP).as('matching'))
      .select(({ fn }) => fn.countAll<number>().as('total'))
      .executeTakeFirstOrThrow(),
  ])
  const assets = rows.slice(0, page.size).map(toAsset)
  return { assets, total: Number(counted.total), more: rows.length > page.size }
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

const conditions = (eb: Builder, filter: AssetFilter): readonly Condition[] => [
  eb('ingest_state', '!=', 'deleted'),
  ...(filter.states?.length ? [eb.or(filter.states.map((state) => stateCondition(eb, state)))] : []),
  ...(filter.transcodeStates?.length ? [eb('transcode_state', 'in', [...filter.transcodeStates])] : []),
  ...(filter.publication?.length ? [eb.or(filter.publication.map((state) => publicationCondition(eb, state)))] : []),
  ...(filter.createdFrom ? [eb('created_at', '>=', filter.createdFrom)] : []),
  // The wire's times end at whole seconds: an asset made within the last one still belongs to it.
  ...(filter.createdTo ? [eb('created_at', '<', new Date(filter.createdTo.getTime() + 1000))] : []),
  ...(filter.categoryId === undefined ? [] : [categoryCondition(eb, filter.categoryId)]),
  ...(filter.tags ? [eb('tags', '@>', sql<string[]>`${[...filter.tags]}::text[]`)] : []),
  ...(filter.videoTypes?.length ? [eb('video_type', 'in', [...filter.videoTypes])] : []),
  ...(filter.text === undefined ? [] : [textCondition(eb, filter.text, filter.searchCategory ?? false)]),
]

const stateCondition = (eb: Builder, state: AssetStateFilter): Condition => {
  switch (state) {
    case 'creating':
    case 'failed':
    case 'deleted':
      return eb('ingest_state', '=', state)
    case 'created':
      return publicationCondition(eb, 'unpublished')
    case 'published':
      return publicationCondition(eb, 'published')
    case 'always':
      return eb.lit(true)
    case 'never':
      return eb.lit(false)
    default:
      return workCondition(eb, state)
  }
}

/** `{scope}_{state}`: of the transcode, the same of what is not published, of the snapshots, or of the review. */
const workCondition = (
  eb: Builder,
  scopedState: `${'transcode' | 'unpublished' | 'snapshots' | 'review'}_${string}`,
): Condition => {
  const [scope, state = ''] = scopedState.split('_')
  if (scope === 'review') return eb('review_state', '=', state)
  if (scope === 'snapshots') return eb('snapshot_state', '=', state)
  const matches = eb('transcode_state', '=', state)
  return scope === 'unpublished' ? eb.and([publicationCondition(eb, 'unpublished'), matches]) : matches
}

const publicationCondition = (eb: Builder, state: 'published' | 'unpublished'): Condition =>
  eb.and([eb('ingest_state', '=', 'created'), eb('published', '=', state === 'published')])

const categoryCondition = (eb: Builder, categoryId: number | null): Condition =>
  categoryId === null ? eb('category_id', 'is', null) : eb('category_id', '=', categoryId)

const textCondition = (eb: Builder, text: string, searchCategory: boolean): Condition => {
  // Wildcards of the caller are plain characters.
  const pattern = `%${text.replaceAll(/[\\%_]/g, '\\$&')}%`
  const inCategory = eb.exists(
    eb
      .selectFrom('category')
      .select(sql<number>`1`.as('one'))
      .whereRef('category.id', '=', 'asset.category_id')
      .where('category.name', 'ilike', pattern),
  )
  return eb.or([
    eb('title', 'ilike', pattern),
    eb('description', 'ilike', pattern),
    ...(searchCategory ? [inCategory] : []),
  ])
}
