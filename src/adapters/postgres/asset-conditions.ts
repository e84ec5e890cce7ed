import { type Expression, expressionBuilder, type SqlBool, sql } from 'kysely'
import type { AssetFilter, AssetStateFilter } from '../../core/catalog/ports.ts'
import type { DB } from './schema.generated.ts'

type Condition = Expression<SqlBool>

export interface WordedFilter extends Omit<AssetFilter, 'ids' | 'searchCategory'> {
  /** Those whose names have the text, too. */
  readonly categories: readonly number[]
}

/** The columns have the same names in `asset` and in `asset_search`; the text is looked for in the latter only. */
const eb = expressionBuilder<DB, 'asset_search'>()

/** Of an asset in any list that does not ask for ids. */
export const conditionsOf = (filter: WordedFilter): readonly Condition[] => [
  eb('ingest_state', '!=', 'deleted'),
  ...(filter.states?.length ? [eb.or(filter.states.map((state) => stateCondition(state)))] : []),
  ...(filter.transcodeStates?.length ? [eb('transcode_state', 'in', [...filter.transcodeStates])] : []),
  ...(filter.publication?.length ? [eb.or(filter.publication.map((state) => publicationCondition(state)))] : []),
  ...timeConditions(filter),
  ...(filter.categoryId === undefined ? [] : [categoryCondition(filter.categoryId)]),
  ...(filter.tags ? [eb('tags', '@>', sql<string[]>`${[...filter.tags]}::text[]`)] : []),
  ...(filter.videoTypes?.length ? [eb('video_type', 'in', [...filter.videoTypes])] : []),
  ...(filter.text === undefined ? [] : [textCondition(filter.text, filter.categories)]),
]

export const timeConditions = ({ createdFrom, createdTo }: WordedFilter): readonly Condition[] => [
  ...(createdFrom ? [eb('created_at', '>=', createdFrom)] : []),
  // The wire's times end at whole seconds: an asset made within the last one still belongs to it.
  ...(createdTo ? [eb('created_at', '<', new Date(createdTo.getTime() + 1000))] : []),
]

const stateCondition = (state: AssetStateFilter): Condition => {
  switch (state) {
    case 'creating':
    case 'failed':
    case 'deleted':
      return eb('ingest_state', '=', state)
    case 'created':
      return publicationCondition('unpublished')
    case 'published':
      return publicationCondition('published')
    case 'always':
      return eb.lit(true)
    case 'never':
      return eb.lit(false)
    default:
      return workCondition(state)
  }
}

/** `{scope}_{state}`: of the transcode, the same of what is not published, of the snapshots, or of the review. */
const workCondition = (scopedState: `${'transcode' | 'unpublished' | 'snapshots' | 'review'}_${string}`): Condition => {
  const [scope, state = ''] = scopedState.split('_')
  if (scope === 'review') return eb('review_state', '=', state)
  if (scope === 'snapshots') return eb('snapshot_state', '=', state)
  const matches = eb('transcode_state', '=', state)
  return scope === 'unpublished' ? eb.and([publicationCondition('unpublished'), matches]) : matches
}

const publicationCondition = (state: 'published' | 'unpublished'): Condition =>
  eb.and([eb('ingest_state', '=', 'created'), eb('published', '=', state === 'published')])

const categoryCondition = (categoryId: number | null): Condition =>
  categoryId === null ? eb('category_id', 'is', null) : eb('category_id', '=', categoryId)

const textCondition = (text: string, categories: readonly number[]): Condition =>
  eb.or([
    sql<boolean>`strpos(title, lower(${text})) > 0`,
    sql<boolean>`strpos(description, lower(${text})) > 0`,
    ...(categories.length > 0 ? [eb('category_id', 'in', [...categories])] : []),
  ])
