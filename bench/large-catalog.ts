import { type Kysely, sql } from 'kysely'
import type { DB } from '../src/adapters/postgres/schema.generated.ts'
import { SYSTEM_SETTINGS } from '../src/core/templates/system-groups.ts'

/** Of every title two are taken; a film in 500 has one of its own besides. */
const WORDS = [
  ...['harbour', 'winter', 'lecture', 'interview', 'garden', 'factory', 'concert', 'mountain', 'kitchen', 'archive'],
  ...['纪录片', '新闻', '电影', '访谈', '课程', '音乐会', '城市', '乡村', '历史', '科学'],
]

const MEDIA = {
  ...{ container: 'mov,mp4,m4a,3gp,3g2,mj2', durationMs: 1_800_000, bitRateKbps: 4000, audioStreams: 1 },
  video: {
    ...{ stream: 0, codec: 'h264', width: 1920, height: 1080, codedWidth: 1920, codedHeight: 1080 },
    ...{ anamorphic: false, rotation: 0, frameRate: 25, variableFrameRate: false, interlaced: false, hdr: false },
    pixelFormat: 'yuv420p',
  },
  audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 },
}

const CATEGORIES = 200
/** A statement may take a minute. */
const BATCH = 20_000

/**
 * So many assets of one project, over three years: nearly all published and transcoded, and of every other state few, as it is
 * with a large catalog; what few assets match is what a filter has to look for longest. Answers the ids of the categories.
 */
export const seedCatalog = async (
  db: Kysely<DB>,
  { projectId, assets }: { readonly projectId: string; readonly assets: number },
): Promise<readonly number[]> => {
  const { rows } = await sql<{ id: number }>`
    insert into category (project_id, level, name)
    select ${projectId}, 1, 'category ' || n from generate_series(1, ${CATEGORIES}::integer) as n
    returning id
  `.execute(db)
  const categories = rows.map(({ id }) => id)
  for (let from = 1; from <= assets; from += BATCH) {
    await insertAssets(db, { projectId, categories, from, to: Math.min(assets, from + BATCH - 1) })
  }
  await sql`vacuum analyze asset`.execute(db)
  await sql`vacuum analyze asset_search`.execute(db)
  return categories
}

interface Batch {
  readonly projectId: string
  readonly categories: readonly number[]
  readonly from: number
  readonly to: number
}

const insertAssets = async (db: Kysely<DB>, { projectId, categories, from, to }: Batch): Promise<void> => {
  await sql`
    insert into asset (
      id, project_id, created_at, modified_at, title, description, category_id, tags, video_type, video_name,
      source_bucket, source_key, source_size, source_etag, stored_key, ingest_state, ingest_reason, published,
      template_group, transcode_state, transcode_note, transcode_settings, media, snapshot_state, snapshot_task,
      snapshot_settings, snapshot_run, snapshot_offsets, review
    )
    select
      md5(n::text), ${projectId}, at, at,
      word[1 + n % 20] || ' ' || word[1 + (n / 20) % 20] || ' ' || n || case when n % 500 = 0 then ' rarity' || n else '' end,
      case when n % 3 = 0 then 'A film about ' || word[1 + (n / 7) % 20] || ' and what came of it' end,
      case when n % 10 < 7 then (${categories}::integer[])[1 + n % ${categories.length}::integer] end,
      array['all', 'year ' || n % 30, 'series ' || n % 20000],
      case when n % 100 = 0 then 'MOV' when n % 10007 = 0 then 'AVI' else 'MP4' end,
      'film.mp4', 'studio', 'in/' || n || '.mp4', 900000000, md5('etag' || n), md5(n::text) || '.mp4',
      case when n % 5003 = 0 then 'creating' when n % 401 = 0 then 'failed' when n % 67 = 0 then 'deleted' else 'created' end,
      case when n % 5003 <> 0 and n % 401 = 0 then 'the source is gone' end,
      n % 5003 <> 0 and n % 401 <> 0 and n % 67 <> 0 and n % 13 <> 0,
      'system_template_group',
      case when n % 20011 = 0 then 'running' when n % 2003 = 0 then 'waiting' when n % 307 = 0 then 'failed'
        when n % 29 = 0 then 'none' else 'succeeded' end,
      case when n % 307 = 0 then 'the picture ends early' end,
      ${JSON.stringify(SYSTEM_SETTINGS)}::jsonb, ${JSON.stringify(MEDIA)}::jsonb,
      'none', null, null, null, null,
      case when n % 7001 = 0 then '{"state": "blocked"}'::jsonb when n % 97 = 0 then '{"state": "passed"}'::jsonb end
    from
      generate_series(${from}::integer, ${to}::integer) as n,
      lateral (select now() - n * interval '94 seconds' as at, ${WORDS}::text[] as word) as w
  `.execute(db)
}
