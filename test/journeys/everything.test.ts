import {
  FileAddr,
  PublishAssetFromObsReq,
  PublishAssetFromObsRequest,
  type PublishAssetFromObsReqVideoTypeEnum,
  Review,
  ShowAssetDetailRequest,
  Thumbnail,
  ThumbnailTypeEnum,
} from '@huaweicloud/huaweicloud-sdk-vod'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { filesOf } from '../../src/core/packaging/rewrite-playlist.ts'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { callOperation, refused } from '../contract/asset-fixtures.ts'
import { REGION } from '../contract/support.ts'
import { addWatermark } from '../contract/watermark-fixtures.ts'
import { systemReview } from '../contract/workflow-fixtures.ts'
import { isNear } from '../ffmpeg/marked.ts'
import { inBrowser, openBrowser, watch, withoutBrowser } from '../support/browser.ts'
import { BUCKET, type Installation } from '../support/installation.ts'
import { throughNginx, withoutNginx } from '../support/nginx.ts'
import { isSigned } from '../support/receiver.ts'
import { everythingBelow, KEPT_OF_DELETED, rowsByTable, tablesMentioning } from '../support/remains.ts'
import { srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT, until } from '../support/until.ts'
import { startWholeInstallation, type WholeInstallation } from '../support/whole-installation.ts'

// One asset with everything that the call can ask for, from the call to the last trace of it.
const SECONDS = 4
const BLUE = [0, 0, 255] as const
const isLeftOut = withoutNginx || withoutBrowser

let whole: WholeInstallation
let installation: Installation
let categoryId: number
let id: AssetId
/** What lay in the data folder before there was an asset. */
let files: readonly string[]

beforeAll(async () => {
  if (isLeftOut) return
  whole = await startWholeInstallation()
  installation = whole.installation
  const { tenant } = installation
  const args = ['-vf', 'scale=480:270,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  const own = { text: srt('own', 3), extension: 'srt', codec: 'subrip', language: 'eng' } as const
  await installation.put('film.mkv', { file: await subtitledClip([own], { seconds: SECONDS, extension: 'mkv', args }) })
  await installation.put('de.srt', Buffer.from(srt('hallo', 3)))
  categoryId = (await callOperation(tenant, 'createAssetCategory', { body: { name: 'nature' } })).id
  await createGroup(await addWatermark(tenant, { name: 'ours', position: 'TOPLEFT', width: '0.25', height: '0.25' }))
  files = await everythingBelow(installation.dataDir)
}, 120_000)
afterAll(() => whole?.[Symbol.asyncDispose]())

const createGroup = async (mark: string) => {
  const quality_info_list = [
    { quality: 'SD', width: 480, height: 270, bitrate: 300 },
    { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 },
  ].map((video) => ({ format: 'DASH_HLS', video, audio: { sample_rate: 1, channels: 2, bitrate: 64 } }))
  const common = { pvc: '0', hls_interval: 2 }
  const body = {
    name: 'ours',
    type: 'custom_template_group',
    quality_info_list,
    common,
    watermark_template_ids: [mark],
  }
  await callOperation(installation.tenant, 'createTemplateGroup', { body })
}

const details = async () => Object(await installation.tenant.vod.showAssetDetail(new ShowAssetDetailRequest(id)))

describe.skipIf(isLeftOut)(throughNginx(inBrowser('an asset with everything on')), () => {
  test('is made by one call of the SDK, and goes through', PATIENT, async () => {
    const { vod } = installation.tenant
    const body = new PublishAssetFromObsReq('MKV' as PublishAssetFromObsReqVideoTypeEnum, 'Harbour walk')
      .withDescription('from the archive')
      .withCategoryId(categoryId)
      .withTags('harbour,archive')
      .withAutoPublish(1)
      .withAutoEncrypt(1)
      .withAutoPreheat(1)
      .withTemplateGroupName('ours')
      .withThumbnail(new Thumbnail(ThumbnailTypeEnum.TIME).withTime(1).withCoverPosition(2))
      .withReview(new Review(await systemReview(installation.tenant)))
      .withInput(new FileAddr(BUCKET, REGION, 'film.mkv'))
    id = Object(await vod.publishAssetFromObs(new PublishAssetFromObsRequest().withBody(body))).asset_id
    expect(await installation.settled(id)).toMatchObject({
      ...{ asset_status: 'PUBLISHED', transcode_status: 'TRANSCODE_SUCCEED', review_status: 'REVIEW_PASSED' },
    })
    const add_subtitles = [{ type: 'SRT', language: 'de', obs_info: { bucket: BUCKET, object: 'de.srt' } }]
    await callOperation(installation.tenant, 'modifySubtitle', { body: { asset_id: id, add_subtitles } })
    expect(await installation.settled(id)).toMatchObject({ subtitle_repackage_status: 'REPACKAGE_SUCCEED' })
  })

  test('tells its receiver of each end once, signed, in the order in which things ended', PATIENT, async () => {
    const { receiver, webhookSecret } = whole
    await until('four events', async () => receiver.received.length >= 4)
    const events = whole.eventsOf(id)
    const kinds = events.map(({ kind }) => kind)
    expect(kinds[0]).toBe('createComplete')
    // No coverComplete: a snapshot is the cover.
    expect(kinds.toSorted()).toEqual(['createComplete', 'reviewComplete', 'thumbnailComplete', 'transcodeComplete'])
    expect(events.map(({ told }) => told.status)).toEqual(Array(4).fill('SUCCEED'))
    expect(receiver.received.every((one) => isSigned(one, webhookSecret))).toBe(true)
    const { rows } = await sql<{ event_id: string }>`select event_id from webhook_delivery order by id`.execute(
      installation.server.foundation.db,
    )
    expect(receiver.received.map(({ headers }) => headers['telecine-event-id'])).toEqual(
      rows.map(({ event_id }) => event_id),
    )
  })

  test('is in asset/details with all that was made of it', PATIENT, async () => {
    const { base_info, transcode_info, thumbnail_info, review_info } = await details()
    expect(base_info).toMatchObject({
      ...{ title: 'Harbour walk', description: 'from the archive', tags: 'harbour,archive', video_type: 'MKV' },
      ...{ category_id: categoryId, category_name: 'nature', video_url: '' },
      subtitle_info: [
        { type: 'VTT', language: 'en' },
        { type: 'SRT', language: 'de' },
      ],
    })
    const streams = transcode_info.output.map((one: Record<string, unknown>) => [
      ...[one['play_type'], one['encrypted'], Object(one['meta_data']).height],
    ])
    expect(streams).toEqual([
      ...[
        ['HLS', 1, 0],
        ['HLS', 1, 270],
        ['HLS', 1, 180],
        ['DASH', 0, 0],
        ['DASH', 0, 270],
        ['DASH', 0, 180],
      ],
    ])
    // Whether there is a frame at the very end, the muxer decides.
    const offsets = thumbnail_info.sample.map(({ offset }: { offset: number }) => offset)
    expect(offsets.slice(0, SECONDS)).toEqual([0, 1, 2, 3])
    const pictures = [...base_info.cover_info_array.map(({ cover_url }: { cover_url: string }) => cover_url)]
    pictures.push(...thumbnail_info.sample.map(({ url }: { url: string }) => url))
    for (const url of pictures) expect((await fetch(url)).headers.get('content-type')).toBe('image/jpeg')
    expect(pictures).toHaveLength(1 + offsets.length)
    expect(review_info).toMatchObject({
      review_status: 'REVIEW_PASSED',
      suggestion: 'pass',
      text: { suggestion: 'pass' },
    })
    expect([review_info.cover.length, review_info.video.length]).toEqual([1, 1])
  })

  test('lies at the edge before anybody asked for it', PATIENT, async () => {
    const [index = '', media = ''] = (await installation.streams(id)).map(({ url }) => new URL(url).pathname)
    const text = await (await fetch(installation.server.url + media)).text()
    const [init = '', first = ''] = filesOf(text).map((file) => new URL(file, `http://x${media}`).pathname)
    const { base_info } = await details()
    const subtitles = base_info.subtitle_info.map(({ url }: { url: string }) => new URL(url).pathname)
    const wanted = [
      ...[index, media, init, first, ...subtitles].map((one) => one.slice(`/asset/${id}/`.length)),
      ...['play_video/index.mpd', 'cover/Cover0.jpg'],
    ]
    const seen = await Promise.all(wanted.map(async (one) => [one, await whole.cached(id, one)]))
    expect(seen).toEqual(wanted.map((one) => [one, '200 HIT']))
  })

  test('is watched in Chromium through the edge: frames, the watermark, a cue', PATIENT, async () => {
    await using browser = await openBrowser()
    await using page = await watch(browser, `${whole.edge}/watch/${id}?token=${await whole.playToken(id)}`)
    expect(page.qualities.map(({ height }) => height)).toEqual([180, 270])
    expect(await page.play(0, 0, 1)).toEqual({ width: 320, height: 180 })
    const before = await page.frames()
    expect(await page.play(1, 1, 1)).toEqual({ width: 480, height: 270 })
    expect((await page.frames()) - before).toBeGreaterThan(12)
    expect(isNear(await page.colourAt(0.12, 0.12), BLUE, 60)).toBe(true)
    expect(isNear(await page.colourAt(0.5, 0.5), BLUE, 60)).toBe(false)
    for (const [name, word] of Object.entries({ English: 'own', Deutsch: 'hallo' })) {
      expect(await page.cueAt(name, 2.2)).toBe(`${word} 2`)
    }
    expect(await page.errors()).toEqual([])
  })

  test('hands its key to nobody without a token', PATIENT, async () => {
    const [, media] = await installation.streams(id)
    const playlist = new URL(new URL(media?.url ?? '').pathname, whole.edge)
    const text = await (await fetch(`${playlist}?token=${await whole.playToken(id)}`)).text()
    const [, uri = ''] = /#EXT-X-KEY:METHOD=AES-128,URI="([^"]+)"/.exec(text) ?? []
    const good = new URL(uri, playlist)
    const tries = [good.origin + good.pathname, `${good.origin}${good.pathname}?token=made-up`, good.href]
    expect(await Promise.all(tries.map(async (url) => (await fetch(url)).status))).toEqual([403, 403, 200])
  })

  test('is deleted, and no file and no row is left that has no reason to be', PATIENT, async () => {
    const { tenant, server, dataDir } = installation
    const { db, reader } = server.foundation
    const sealedKey = (await reader.assetById(id))?.encryption?.key ?? ''
    expect(await tablesMentioning(db, sealedKey)).toEqual(['asset'])
    await installation.remove(id)
    expect(await everythingBelow(dataDir)).toEqual(files)
    await whole.refresh(id)
    expect(await whole.cached(id, 'play_video/index.m3u8')).toBe('404 MISS')
    expect(await refused(tenant.call('GET', '/asset/details', { query: `asset_id=${id}` }))).toBe('404 VOD.10062')
    const { asset_info_array } = await callOperation(tenant, 'showAssetMeta', { query: `asset_id=${id}` })
    expect(asset_info_array).toEqual([{ asset_id: id, status: 'DELETED', description: 'Asset is deleted' }])
    await until('the call is in the audit log', async () => (await tablesMentioning(db, id)).includes('audit_entry'))
    expect(await tablesMentioning(db, id)).toEqual(Object.keys(KEPT_OF_DELETED))
    // What is left of its encrypted segments elsewhere stays closed.
    expect(await tablesMentioning(db, sealedKey)).toEqual([])
    await until('nothing is queued', async () => (await rowsByTable(db))['pgboss.job'] === 0)
    expect((await rowsByTable(db))['asset_event']).toBe(4)
  })
})
