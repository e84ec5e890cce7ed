import { stat } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'
import { missingMount, mountSmallDisk } from './small-disk.ts'

const noDisk = missingMount()

test.skipIf(noDisk !== undefined)(
  noDisk ?? 'a disk that fills up during an encode: it is tried again, and succeeds once there is room',
  PATIENT,
  async () => {
    await using installation = await startInstallation({ worker: 'none' })
    await using disk = await mountSmallDisk(installation, 16 << 20)
    const source = await clip({ seconds: 2 })
    await installation.put('film.mp4', { file: source })
    // Room for our copy of the source, but not for what is made of it.
    await disk.fill((await stat(source)).size + 32_768)
    const id = await installation.import('film.mp4')
    installation.startWorker()
    const transcode = async () =>
      (await installation.server.foundation.engine.workOf(id)).find(({ kind }) => kind === 'transcode')
    const failed = await until('the encode fails for the first time', async () => {
      const work = await transcode()
      return work?.reason !== undefined && work
    })
    expect(failed.reason).toContain('disk full')
    expect(await installation.listed(id)).toMatchObject({ transcode_status: 'TRANSCODING' })
    await disk.clear()
    expect(await installation.settled(id)).toMatchObject({ transcode_status: 'TRANSCODE_SUCCEED' })
    expect((await transcode())?.attempt).toBeGreaterThan(1)
    const [, rendition] = await installation.streams(id)
    expect((await decoded(rendition?.url ?? '')).frames).toBe((await decoded(source)).frames)
  },
)
