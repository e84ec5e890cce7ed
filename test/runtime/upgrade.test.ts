import { randomUUID } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import { type Migration, Migrator } from 'kysely/migration'
import { expect, test } from 'vitest'
import { catalogReader } from '../../src/adapters/postgres/catalog-reader.ts'
import { migrate } from '../../src/adapters/postgres/migrate.ts'
import type { DB } from '../../src/adapters/postgres/schema.generated.ts'
import type { AssetId, ProjectId } from '../../src/core/shared/ids.ts'
import { createEngine } from '../../src/engine/engine.ts'
import { openQueue } from '../../src/engine/queue.ts'
import { silent } from '../engine/silent.ts'
import { createDatabase } from '../support/database.ts'

const MIGRATIONS = join(import.meta.dirname, '../../migrations')
const FIRST_VERSION = '0003_deaths_of_workers'
const PROJECT = 'a'.repeat(32) as ProjectId
const PLAYING = 'b'.repeat(32) as AssetId
const COMING = 'c'.repeat(32) as AssetId
const RUN = 'd'.repeat(32)

const migrateTo = async (db: Kysely<DB>, name: string): Promise<void> => {
  const files = (await readdir(MIGRATIONS)).filter((file) => file.endsWith('.sql')).toSorted()
  const texts = files.map(async (file): Promise<[string, Migration]> => {
    const text = await readFile(join(MIGRATIONS, file), 'utf8')
    return [file.slice(0, -'.sql'.length), { up: async (trx) => void (await sql.raw(text).execute(trx)) }]
  })
  const provider = { getMigrations: async () => Object.fromEntries(await Promise.all(texts)) }
  const { error } = await new Migrator({ db, provider }).migrateTo(name)
  if (error !== undefined) throw error
}

test('what the first version left is served, and its work goes on', async () => {
  await using database = await createDatabase({ schema: 'empty' })
  const db = database.kysely
  await migrateTo(db, FIRST_VERSION)
  await sql`insert into project (id, name) values (${PROJECT}, 'cn-north-4')`.execute(db)
  for (const { id, state } of [
    { id: PLAYING, state: 'created' },
    { id: COMING, state: 'creating' },
  ]) {
    await sql`
      insert into asset (id, project_id, title, video_type, video_name, source_bucket, source_key, source_size, source_etag, stored_key,
        ingest_state, published, template_group, transcode_state)
      values (${id}, ${PROJECT}, 'A film', 'MP4', 'film.mp4', 'films', 'film.mp4', 1000, 'etag', ${`${RUN}.mp4`},
        ${state}, ${state === 'created'}, 'system_template_group', ${state === 'created' ? 'succeeded' : 'none'})
    `.execute(db)
  }
  const playlist = `${RUN}_1_480X270_300_0.m3u8`
  await sql`
    insert into rendition (asset_id, run, idx, quality, video_codec, width, height, frame_rate, bit_rate_kbps, duration_ms, size_bytes, frames, playlist)
    values (${PLAYING}, ${RUN}, 0, 'FLUENT', 'h264', 480, 270, 25, 300, 10000, 375000, 250, ${playlist})
  `.execute(db)
  const input = { assetId: COMING, projectId: PROJECT }
  const task = randomUUID()
  await sql`
    with step as (
      insert into engine.step (subject, tenant, kind, queue, state, unmet, remaining, retry_limit, retry_seconds, delay_seconds, cost)
      values (${COMING}, ${PROJECT}, 'transfer', 'io', 'running', 0, 1, 2, 3600, 0, 1) returning id
    )
    insert into engine.task (id, step_id, idx, queue, tenant, input, state, virtual_start, virtual_end)
    select ${task}::uuid, id, 0, 'io', ${PROJECT}, ${JSON.stringify(input)}::jsonb, 'queued', 0, 1 from step
  `.execute(db)
  await using queue = await openQueue(db, silent)
  const entry = { entries: [{ id: task, priority: 0 }], delaySeconds: 0 }
  await db.transaction().execute((trx) => queue.insert(trx, 'io', entry))

  expect((await migrate(db)).length).toBeGreaterThan(10)

  const reader = catalogReader(db)
  expect(await reader.assetById(PLAYING)).toMatchObject({
    ...{ projectId: PROJECT, title: 'A film', published: true, templateGroup: 'system_template_group' },
    ...{ ingest: { state: 'created' }, transcode: { state: 'succeeded' }, snapshots: { state: 'none' } },
  })
  expect((await reader.renditions([PLAYING])).get(PLAYING)).toEqual([
    expect.objectContaining({ run: RUN, format: 'HLS', playlist, width: 480, frames: 250 }),
  ])
  await using engine = await createEngine({ db, logger: silent })
  const [claim] = await engine.fetch('io', 1, 1)
  expect(claim).toMatchObject({ subject: COMING, kind: 'transfer', input, attempt: 1 })
  if (!claim) return
  expect(await engine.complete(claim, async () => undefined)).toBe('done')
  expect((await engine.workOf(COMING)).map(({ kind, state }) => `${kind} ${state}`)).toEqual(['transfer done'])
})
