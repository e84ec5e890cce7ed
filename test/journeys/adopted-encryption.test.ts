import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import type { Installation } from '../support/installation.ts'
import { PATIENT, until } from '../support/until.ts'
import { type Streams, startStreams, statusOf, textOf, X264 } from './adopted-streams.ts'
import { decoded } from './decoded.ts'

let installation: Installation
let streams: Streams
let source: string
let frames: number
beforeAll(async () => {
  ;({ installation, streams, source, frames } = await startStreams({
    web: [
      ['DASH_HLS', 90],
      ['MP4', 90],
    ],
    other: [['HLS', 120]],
  }))
})
afterAll(() => installation[Symbol.asyncDispose]())

test('beside it the clear stream is neither listed nor served, from the beginning', PATIENT, async () => {
  const theirs = await streams.makeShow('secret', source)
  const id = await streams.adopt('secret/master.m3u8', { templateGroup: 'web', encrypt: true })
  await until('it is adopted', async () => (await installation.listed(id)).asset_status === 'PUBLISHED')
  const clear = ['master.m3u8', 'v1/index.m3u8', 'v1/000.ts', 'v2/001.ts'].map((file) => streams.at(id, file))
  const refused = async () => Promise.all(clear.map(statusOf))
  expect(await refused()).toEqual([404, 404, 404, 404])
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const { play_url } = Object(
    await installation.tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' }),
  )
  expect((await decoded(play_url)).frames).toBe(frames)
  expect(await refused()).toEqual([404, 404, 404, 404])
  expect((await installation.streams(id)).map((one) => [one.play_type, Object(one).encrypted])).toEqual([
    ...[
      ['HLS', 1],
      ['HLS', 1],
      ['DASH', 0],
      ['DASH', 0],
      ['MP4', 0],
    ],
  ])
  await changeEncryption(id, false)
  expect((await decoded(streams.at(id, 'index.m3u8'))).frames).toBe(frames)
  expect((await decoded(streams.at(id, 'v1/index.m3u8'))).frames).toBe(frames)
  await changeEncryption(id, true)
  expect(await refused()).toEqual([404, 404, 404, 404])
  await streams.deleteAsset(id, 'secret', theirs)
})

const changeEncryption = async (id: AssetId, enabled: boolean) => {
  await installation.tenant.native('PUT', '/assets/encryption', { asset_id: id, enabled })
  await until('the change is made', async () => {
    const asset = await installation.server.foundation.reader.assetById(id)
    return asset?.encryption?.change === undefined
  })
}

test('without it nothing plays, where the transcode fails', PATIENT, async () => {
  await streams.makeSegments('cut', ['-i', source, ...X264, '-c:a', 'copy'])
  const text = await readFile(streams.pathOf('cut/index.m3u8'), 'utf8')
  await writeFile(streams.pathOf('cut/index.m3u8'), text.replace(/(000\.ts\n)/, '$1#EXT-X-DISCONTINUITY\n'))
  const id = await streams.adopt('cut/index.m3u8', { templateGroup: 'web', encrypt: true })
  const { asset_status, transcode_status } = await installation.settled(id)
  expect([asset_status, transcode_status]).toEqual(['PUBLISHED', 'TRANSCODE_FAILED'])
  const { base_info, play_info_array } = await streams.infoOf(id)
  expect([base_info.video_url, play_info_array]).toEqual(['', []])
  expect(await Promise.all(['index.m3u8', '000.ts'].map((file) => statusOf(streams.at(id, file))))).toEqual([404, 404])
})

thorough('comes later, too: the stream plays until what is encrypted is there', PATIENT, async () => {
  await streams.makeShow('later', source)
  const id = await streams.adopt('later/master.m3u8', { templateGroup: '' })
  await installation.settled(id)
  await streams.order(id, 'other', 1)
  expect(await statusOf(streams.at(id, 'v1/000.ts'))).toBe(200)
  await installation.settled(id)
  expect(
    await Promise.all(['v1/000.ts', 'master.m3u8', 'index.m3u8'].map((file) => statusOf(streams.at(id, file)))),
  ).toEqual([...[404, 404, 200]])
  expect(await textOf(streams.at(id, 'index.m3u8'))).toContain('RESOLUTION=212x120')
})
