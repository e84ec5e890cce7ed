import { stat } from 'node:fs/promises'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { missingMount, mountSmallDisk } from '../journeys/small-disk.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { until } from '../support/until.ts'

const noDisk = missingMount()

/** The first failure, as the work shows it; then the hours pass during which it would be tried again. */
const afterHours = async ({ server: { foundation } }: Installation, id: AssetId, kind: string): Promise<string> => {
  const reason = await until(
    'a try fails',
    async () => (await foundation.engine.workOf(id)).find((work) => work.kind === kind && work.attempt > 1)?.reason,
  )
  await sql`update engine.task set first_tried_at = now() - interval '7 hours'`.execute(foundation.db)
  await until('it is given up', async () => {
    await sql`update pgboss.job set start_after = now() where state = 'retry'`.execute(foundation.db)
    return (await foundation.engine.workOf(id)).find((work) => work.kind === kind)?.state === 'failed'
  })
  return reason
}

test.skipIf(noDisk !== undefined)(
  noDisk ?? 'a disk that stays full: the encode fails by name in the end, and its pieces are swept',
  async () => {
    await using installation = await startInstallation({ worker: 'none' })
    await using disk = await mountSmallDisk(installation, 16 << 20)
    const source = await clip({ seconds: 2 })
    await installation.put('film.mp4', { file: source })
    await disk.fill((await stat(source)).size + 32_768)
    const id = await installation.import('film.mp4')
    installation.startWorker()
    expect(await afterHours(installation, id, 'transcode')).toContain('disk full')
    const end = await installation.listed(id)
    expect([end.asset_status, end.transcode_status]).toEqual(['PUBLISHED', 'TRANSCODE_FAILED'])
    expect(end.exec_desc).toMatch(/transcode_exec_desc:Transcoding film.mp4 failed: .*disk full/)
    await until('its pieces are swept', async () =>
      (await installation.objects(id)).every((key) => !key.startsWith('play_video/')),
    )
  },
)

test.skipIf(noDisk !== undefined)(
  noDisk ?? 'a disk without room for the source: the transfer fails by name in the end',
  async () => {
    await using installation = await startInstallation({ worker: 'none' })
    await using disk = await mountSmallDisk(installation, 16 << 20)
    await installation.put('film.mp4', { file: await clip({ seconds: 2 }) })
    await disk.fill(8192)
    const id = await installation.import('film.mp4')
    installation.startWorker()
    expect(await afterHours(installation, id, 'transfer')).toContain('disk full')
    const end = await installation.listed(id)
    expect(end.asset_status).toBe('FAILED')
    expect(end.exec_desc).toMatch(/Transfer of my-videos\/film.mp4 failed: .*disk full/)
    expect(await installation.objects(id)).toEqual([])
  },
)
