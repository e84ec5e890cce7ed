import { type Kysely, type SelectQueryBuilder, sql } from 'kysely'
import type { AssetPage } from '../../core/catalog/ports.ts'
import type { ProjectId } from '../../core/shared/ids.ts'
import { conditionsOf, timeConditions, type WordedFilter } from './asset-conditions.ts'
import { toAsset } from './asset-row.ts'
import { type ListRequest, TOTAL_CAP } from './list-request.ts'
import type { DB } from './schema.generated.ts'

/** So few are looked at to know whether many match. */
const SAMPLE = 1_000
const MANY = SAMPLE / 5
/** Where a fifth matches, this many have as many as are counted. */
const NEAR = 5 * TOTAL_CAP

/**
 * A page of the assets that hold a text or tags, and meet every other condition. What many hold is found among the first of the
 * list; what few hold by the index of neighbouring characters, which finds all of them in no order. Decision 0044.
 */
export const searchAssets = async (db: Kysely<DB>, { projectId, filter, page }: ListRequest): Promise<AssetPage> => {
  const { ids: _, searchCategory, ...rest } = filter
  const { text } = filter
  const categories = text !== undefined && searchCategory ? await categoriesNamed(db, projectId, text) : []
  const search = { db, projectId, page, filter: { ...rest, categories } }
  // One more than the page has, which tells whether there is another page.
  const needed = (page.page + 1) * page.size + 1
  const sample = await find(search, amongFirst(search, SAMPLE))
  if (sample.total >= MANY) {
    const most = Math.max(TOTAL_CAP, needed)
    const near = await find(search, amongFirst(search, NEAR).limit(most))
    if (near.total === most) return readFound(search, near)
  }
  const some = await find(search, byIndex(search, TOTAL_CAP), TOTAL_CAP)
  if (some.total < TOTAL_CAP) return readFound(search, some)
  const near = await find(search, amongFirst(search, NEAR).limit(needed))
  const { ids } = near.total === needed ? near : await find(search, byIndex(search))
  return readFound(search, { ids, total: TOTAL_CAP })
}

interface Search extends ListRequest {
  readonly db: Kysely<DB>
  readonly filter: WordedFilter
}

interface Found {
  readonly total: number
  /** Of the page, in its order, and one more if there is one. */
  readonly ids: readonly string[]
}

const categoriesNamed = async (db: Kysely<DB>, projectId: ProjectId, text: string): Promise<readonly number[]> => {
  const rows = await db
    .selectFrom('category')
    .select('id')
    .where('project_id', '=', projectId)
    .where(sql<boolean>`strpos(lower(name), lower(${text})) > 0`)
    .execute()
  return rows.map(({ id }) => id)
}

/** Without ids where there are `most`: of so many in no order the first are not worth sorting out. */
const find = (
  { db, page }: Search,
  found: SelectQueryBuilder<DB, 'asset_search', { readonly id: string; readonly created_at: Date }>,
  most?: number,
): Promise<Found> =>
  db
    .with('found', () => found)
    .selectNoFrom((eb) => {
      const ids = sql<readonly string[]>`array(${eb
        .selectFrom('found')
        .select('id')
        .orderBy('created_at', page.order)
        .orderBy('id', page.order)
        .limit(page.size + 1)
        .offset(page.page * page.size)})`
      const total = sql<number>`(select count(*) from found)`
      const wanted =
        most === undefined ? ids : sql<readonly string[]>`case when ${total} < ${most} then ${ids} else '{}' end`
      return [total.as('total'), wanted.as('ids')]
    })
    .executeTakeFirstOrThrow()

const readFound = async ({ db, page }: Search, { ids, total }: Found): Promise<AssetPage> => {
  const rows = await db
    .selectFrom('asset')
    .selectAll()
    .where('id', 'in', [...ids.slice(0, page.size), ''])
    .orderBy('created_at', page.order)
    .orderBy('id', page.order)
    .execute()
  return { assets: rows.map(toAsset), total: Math.min(total, TOTAL_CAP), more: ids.length > page.size }
}

/** Those that match among so many in the list's order. */
const amongFirst = ({ db, projectId, filter, page }: Search, count: number) =>
  db
    .selectFrom(
      db
        .selectFrom('asset_search')
        .selectAll()
        .where('project_id', '=', projectId)
        .where((eb) => eb.and(timeConditions(filter)))
        .orderBy('created_at', page.order)
        .orderBy('id', page.order)
        .limit(count)
        .as('asset_search'),
    )
    .where((eb) => eb.and(conditionsOf(filter)))
    .orderBy('created_at', page.order)
    .orderBy('id', page.order)
    .select(['id', 'created_at'])

/** All that match, or so many of them. */
const byIndex = (search: Search, most?: number) => {
  const { db, projectId, filter } = search
  const { text = null, tags = [], categories } = filter
  const byWords = db
    .selectFrom('asset_search')
    .where('project_id', '=', projectId)
    .where(sql<boolean>`search_grams(project_id, title, description, tags)
      @> search_asked(${projectId}, lower(${text}), ${[...tags]}::text[])`)
    .where((eb) => eb.and(conditionsOf({ ...filter, categories: [] })))
    .select(['id', 'created_at'])
    .$if(most !== undefined, (query) => query.limit(most ?? 0))
  if (categories.length === 0) return byWords
  const { text: _, ...wordless } = filter
  const byCategory = db
    .selectFrom('asset')
    .where('project_id', '=', projectId)
    .where('category_id', 'in', [...categories])
    .where((eb) => eb.and(conditionsOf(wordless)))
    .select(['id', 'created_at'])
    .$if(most !== undefined, (query) => query.limit(most ?? 0))
  return db
    .selectFrom(
      db
        .selectFrom(byWords.as('by_words'))
        .select(['id', 'created_at'])
        .union(db.selectFrom(byCategory.as('by_category')).select(['id', 'created_at']))
        .as('asset_search'),
    )
    .select(['id', 'created_at'])
}
