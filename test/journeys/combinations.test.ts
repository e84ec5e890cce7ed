import { Thumbnail, ThumbnailTypeEnum } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type AssetId, parseAssetId } from '../../src/core/shared/ids.ts'
import { callOperation } from '../contract/asset-fixtures.ts'
import { addWatermark, setDefault } from '../contract/watermark-fixtures.ts'
import { systemReview } from '../contract/workflow-fixtures.ts'
import { isNear, pixel } from '../ffmpeg/marked.ts'
import { rawFrames } from '../ffmpeg/raw-frames.ts'
import { thorough } from '../support/cases.ts'
import { BUCKET, type Import, type Installation, type ListedStream } from '../support/installation.ts'
import { bigBuckBunny, clip, derive } from '../support/media.ts'
import { throughNginx, withoutNginx } from '../support/nginx.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'
import { everythingBelow, KEPT_OF_DELETED, tablesMentioning } from '../support/remains.ts'
import { srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT, until } from '../support/until.ts'
import { startWholeInstallation, type WholeInstallation } from '../support/whole-installation.ts'
import { adoptedStreams, type Streams } from './adopted-streams.ts'
import { decoded } from './decoded.ts'

// Pairs of what an asset can have, a few in each. A default watermark is in everything that is encoded.
const BLUE = [0, 0, 255] as const
/** Of the group `web`, each with the watermark. */
const EVERY_FORMAT = [
  ['HLS', true],
  ['DASH', true],
  ['MP4', true],
]
const FILM = ['-vf', 'scale=640:360,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']

const cleanup = new AsyncDisposableStack()
let provider: Receiver
let whole: WholeInstallation
let installation: Installation
let streams: Streams
let review: string
let film: string
beforeAll(async () => {
  if (withoutNginx) return
  provider = cleanup.use(await startReceiver((_, response) => response.writeHead(401).end('no')))
  whole = cleanup.use(
    await startWholeInstallation({ TELECINE_REVIEW_URL: provider.url, TELECINE_REVIEW_SECRET: 'between-us' }),
  )
  installation = whole.installation
  const { tenant } = installation
  streams = adoptedStreams(installation)
  review = await systemReview(tenant)
  film = await clip({ seconds: 2, args: FILM })
  const mark = { name: 'ours', position: 'TOPLEFT', width: '0.25', height: '0.25' }
  await setDefault(tenant, await addWatermark(tenant, mark))
  await streams.createGroup('web', [
    ['DASH_HLS', 180],
    ['MP4', 90],
  ])
}, 120_000)
afterAll(() => cleanup.disposeAsync())

const textOf = async (url: string) => (await fetch(url)).text()
const details = async (id: AssetId) =>
  Object((await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })).body)
const kindsOf = (id: AssetId) => whole.eventsOf(id).map(({ kind }) => kind)
const told = (id: AssetId, count: number) =>
  until(`${count} events`, async () => kindsOf(id).length >= count && kindsOf(id).toSorted())

const addSubtitles = async (id: AssetId, language: string, object: string) => {
  const add_subtitles = [{ type: 'SRT', language, obs_info: { bucket: BUCKET, object } }]
  await callOperation(installation.tenant, 'modifySubtitle', { body: { asset_id: id, add_subtitles } })
  expect(await installation.settled(id)).toMatchObject({ subtitle_repackage_status: 'REPACKAGE_SUCCEED' })
}

/** Whether the watermark is in an output; `query` is for encrypted ones. */
const isMarked = async ({ url, meta_data }: ListedStream, query = '') => {
  const [width, height] = [Number(meta_data['width']), Number(meta_data['height'])]
  const [frame] = await rawFrames(url + query, { width, height })
  return frame && isNear(pixel(frame, Math.round(width * 0.12), Math.round(height * 0.12)), BLUE, 60)
}
const mediaOf = async (id: AssetId) => (await installation.streams(id)).filter(({ quality }) => quality !== undefined)
const markedOf = async (id: AssetId, query = '') =>
  Promise.all((await mediaOf(id)).map(async (one) => [one.play_type, await isMarked(one, query)]))

/** Makes an asset, has it looked at, and deletes it: nothing may be left of it. */
const passing = async (key: string, options: Import, look: (id: AssetId) => Promise<void>) => {
  const files = await everythingBelow(installation.dataDir)
  const id = await installation.import(key, options)
  await installation.settled(id)
  await look(id)
  await installation.remove(id)
  await nothingLeft(id, files)
}
const nothingLeft = async (id: AssetId, files: readonly string[]) => {
  expect(await everythingBelow(installation.dataDir)).toEqual(files)
  const tables = await tablesMentioning(installation.server.foundation.db, id)
  expect(tables.filter((name) => !(name in KEPT_OF_DELETED))).toEqual([])
}

describe.skipIf(withoutNginx)(throughNginx('together:'), () => {
  test('results with the tenant, snapshots, a review that reads subtitles, and more subtitles', PATIENT, async () => {
    const rude = { text: srt('fuck', 1), extension: 'srt', codec: 'subrip', language: 'eng' } as const
    const file = await subtitledClip([rude], { seconds: 2, extension: 'mkv', args: FILM })
    await installation.put('rude.mkv', { file })
    await installation.put('de.srt', Buffer.from(srt('hallo', 1)))
    const options = {
      ...{ type: 'MKV', templateGroup: 'web', output: { bucket: BUCKET, path: 'out' }, review, preheat: true },
      thumbnail: new Thumbnail(ThumbnailTypeEnum.DOTS).withDots([1]),
    }
    await passing('rude.mkv', options, async (id) => {
      const { review_info } = await details(id)
      expect(review_info).toMatchObject({ suggestion: 'review', text: { suggestion: 'review', abuse: 'fuck' } })
      expect(await markedOf(id)).toEqual(EVERY_FORMAT)
      await addSubtitles(id, 'de', 'de.srt')
      const keys = await streams.keysIn(`out/${id}`)
      expect(await installation.objects(id)).toEqual([])
      const made = keys.map((key) => key.slice(`out/${id}/`.length)).join(' ')
      for (const name of ['cover/Cover0.jpg', 'play_video/index.mpd']) expect(made).toContain(name)
      expect(made).toMatch(/snapshot\/sample\/[0-9a-f]{32}_1\.jpg/)
      expect(keys.filter((key) => key.endsWith('_subtitle.vtt'))).toHaveLength(2)
      expect(await whole.cached(id, 'play_video/index.m3u8')).toBe('200 HIT')
      expect(await told(id, 4)).toEqual([
        ...['createComplete', 'reviewComplete', 'thumbnailComplete', 'transcodeComplete'],
      ])
    })
  })

  thorough('the adaptive group, a default watermark, encryption and a review', PATIENT, async () => {
    await installation.put('film.mp4', { file: film })
    const options = { templateGroup: 'adaptive_template_group', encrypt: true, review }
    await passing('film.mp4', options, async (id) => {
      const query = `?token=${await whole.playToken(id)}`
      expect((await mediaOf(id)).map(({ meta_data }) => meta_data['height'])).toEqual([360, 270])
      expect(await markedOf(id, query)).toEqual([
        ['HLS', true],
        ['HLS', true],
      ])
      expect((await details(id)).review_info).toMatchObject({ suggestion: 'pass' })
    })
  })

  thorough('an HLS stream of the tenant’s, a watermark, a review, subtitles and the edge', PATIENT, async () => {
    await streams.makeShow('show', await clip({ seconds: 3 }))
    await installation.put('fr.srt', Buffer.from(srt('salut', 2)))
    const output = { bucket: BUCKET, path: 'show' }
    const options = { type: 'HLS', templateGroup: 'web', output, review, preheat: true }
    await passing('show/master.m3u8', options, async (id) => {
      expect(await markedOf(id)).toEqual(EVERY_FORMAT)
      // Of the adopted stream, whose files still answer.
      const adopted = { url: streams.at(id, 'v1/index.m3u8'), meta_data: { width: 320, height: 180 } }
      expect(await isMarked({ ...adopted, play_type: 'HLS' })).toBe(false)
      expect((await details(id)).review_info).toMatchObject({ suggestion: 'pass' })
      await addSubtitles(id, 'fr', 'fr.srt')
      expect(await textOf(streams.at(id, 'index.m3u8'))).toMatch(/TYPE=SUBTITLES.*LANGUAGE="fr"/)
      expect(await whole.cached(id, 'play_video/index.m3u8')).toBe('200 HIT')
      expect(await told(id, 4)).toEqual(['coverComplete', 'createComplete', 'reviewComplete', 'transcodeComplete'])
    })
  })

  thorough('a song with a picture, a review and the edge', PATIENT, async () => {
    const sound = ['-i', bigBuckBunny(), '-f', 'lavfi', '-i', 'color=green:s=300x300:d=1', '-t', '3']
    const picture = ['-frames:v', '1', '-c:v', 'mjpeg', '-disposition:v', 'attached_pic']
    const song = await derive([...sound, '-map', '0:a', '-map', '1:v', '-c:a', 'libmp3lame', ...picture], 'mp3')
    await installation.put('song.mp3', { file: song })
    await passing('song.mp3', { type: 'MP3', templateGroup: 'web', review, preheat: true }, async (id) => {
      const { base_info, review_info } = await details(id)
      expect(review_info).toMatchObject({ suggestion: 'pass', video: [], cover: [{ suggestion: 'pass' }] })
      const [, path = ''] = new URL(base_info.video_url).pathname.split(`/asset/${id}/`)
      expect([await whole.cached(id, path), await whole.cached(id, 'cover/Cover0.jpg')]).toEqual(['200 HIT', '200 HIT'])
      expect(await told(id, 3)).toEqual(['coverComplete', 'createComplete', 'reviewComplete'])
    })
  })

  thorough(
    'no encode, so no watermark; encryption, subtitles of the source, a review and the edge',
    PATIENT,
    async () => {
      const own = { text: srt('own', 1), extension: 'srt', codec: 'mov_text', language: 'eng' } as const
      await installation.put('own.mp4', {
        file: await subtitledClip([own], { seconds: 2, extension: 'mp4', args: FILM }),
      })
      const options = { templateGroup: 'original_template_group', encrypt: true, review, preheat: true }
      await passing('own.mp4', options, async (id) => {
        const token = await whole.playToken(id)
        expect(await markedOf(id, `?token=${token}`)).toEqual([['HLS', false]])
        const index = await textOf(`${streams.at(id, 'index.m3u8')}?token=${token}`)
        const [, uri = ''] = /TYPE=SUBTITLES.*URI="([^"]+)"/.exec(index) ?? []
        expect(await textOf(streams.at(id, uri))).toContain('_subtitle.vtt')
        expect((await details(id)).review_info).toMatchObject({ suggestion: 'pass' })
        expect(await whole.cached(id, 'play_video/index.m3u8')).toBe('200 HIT')
      })
    },
  )

  thorough('a workflow with results with the tenant: encrypted, marked, and one task that fails', PATIENT, async () => {
    const { tenant, server } = installation
    await installation.put('film.mp4', { file: film })
    const armed = await tenant.native('POST', '/review-templates', { name: 'armed', terrorism: 60 })
    const tasks = {
      transcode: { template_group_name: 'web' },
      thumbnail: { type: 'time', time: 1 },
      review: { template_id: armed['template_id'] },
      extract_audio: { format: 'MP3' },
    }
    await tenant.native('POST', '/workflows', { name: 'all', tasks })
    const output = { bucket: BUCKET, path: 'out' }
    await passing('film.mp4', { templateGroup: '', workflow: 'all', encrypt: true, output }, async (id) => {
      const run = Object(await tenant.native('GET', `/assets/workflow?asset_id=${id}`))
      expect(run.tasks.map(({ task, state }: Record<string, string>) => `${task} ${state}`)).toEqual([
        ...['transcode succeeded', 'thumbnail succeeded', 'review failed', 'extract_audio succeeded'],
      ])
      expect((await mediaOf(id)).map((one) => Object(one).encrypted)).toEqual([1, 0, 0])
      expect(await markedOf(id, `?token=${await whole.playToken(id)}`)).toEqual(EVERY_FORMAT)
      const sound = parseAssetId(run.tasks.at(-1).audio_asset_id)
      if (!sound) throw new Error('there is an asset of the sound')
      expect(await told(sound, 1)).toEqual(['audioExtractComplete'])
      expect(whole.eventsOf(id).find(({ kind }) => kind === 'reviewComplete')?.told.status).toBe('FAILED')
      await installation.remove(sound)
      expect(await server.foundation.reader.assetById(id)).toMatchObject({ ingest: { state: 'created' } })
    })
  })

  thorough(
    'sources that go after their transcode, snapshots, a review, an expiry date and the edge',
    PATIENT,
    async () => {
      const { tenant, dataDir } = installation
      await installation.put('film.mp4', { file: film })
      const files = await everythingBelow(dataDir)
      await tenant.native('PUT', '/settings/retention', { delete_source_after_transcode: true })
      const thumbnail = new Thumbnail(ThumbnailTypeEnum.TIME).withTime(1)
      const id = await installation.import('film.mp4', { templateGroup: 'web', thumbnail, review, preheat: true })
      await installation.settled(id)
      const sources = async () => (await installation.objects(id)).filter((key) => !key.includes('/'))
      await until('the source is gone', async () => {
        await installation.hurry()
        return (await sources()).length === 0
      })
      const { thumbnail_info, review_info } = await details(id)
      expect([thumbnail_info.sample.length > 1, review_info.suggestion]).toEqual([true, 'pass'])
      expect((await decoded(streams.at(id, 'index.m3u8'))).frames).toBe((await decoded(film)).frames)
      expect(await whole.cached(id, 'play_video/index.m3u8')).toBe('200 HIT')
      const events = await told(id, 4)
      await tenant.native('PUT', '/assets/expiry', {
        asset_id: id,
        expires_at: new Date(Date.now() + 1_000).toISOString(),
      })
      await until('it has expired', async () => (await installation.listed(id)).asset_status === 'DELETED')
      await whole.refresh(id)
      expect(await whole.cached(id, 'play_video/index.m3u8')).toBe('404 MISS')
      await installation.remove(id)
      await nothingLeft(id, files)
      expect(kindsOf(id).toSorted()).toEqual(events)
    },
  )
})
