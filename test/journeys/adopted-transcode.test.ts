import { readFile, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { openBrowser, watch, withoutBrowser } from '../support/browser.ts'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import type { Installation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { startPlayers } from '../support/players.ts'
import { startStaticHost } from '../support/static-host.ts'
import { PATIENT } from '../support/until.ts'
import { type Streams, startStreams, statusOf, textOf, X264 } from './adopted-streams.ts'
import { decoded } from './decoded.ts'

let installation: Installation
let streams: Streams
let source: string
let frames: number
beforeAll(async () => {
  ;({ installation, streams, source, frames } = await startStreams({
    web: [
      ['DASH_HLS', 180],
      ['DASH_HLS', 90],
      ['MP4', 90],
    ],
    other: [['HLS', 120]],
    dash: [['DASH', 90]],
  }))
})
afterAll(() => installation[Symbol.asyncDispose]())

describe('a stream with a group that encodes', () => {
  let id: AssetId
  let theirs: ReadonlyMap<string, string>
  const ADOPTED = ['index.m3u8', 'v1/index.m3u8', 'v2/index.m3u8']
  const adoptedUrls = () => ADOPTED.map((file) => streams.at(id, file))

  test('gets outputs from its best variant, exact to the frame, which take its place', PATIENT, async () => {
    theirs = await streams.makeShow('show', source)
    id = await streams.adopt('show/master.m3u8', { templateGroup: 'web' })
    const { asset_status, transcode_status, exec_desc } = await installation.settled(id)
    expect([asset_status, transcode_status, exec_desc]).toEqual([
      ...['PUBLISHED', 'TRANSCODE_SUCCEED', expect.stringContaining('Transcode success')],
    ])
    const outputs = await installation.streams(id)
    expect(outputs.map(({ play_type, meta_data }) => [play_type, meta_data['height']])).toEqual([
      ...[
        ['HLS', 0],
        ['HLS', 180],
        ['HLS', 90],
        ['DASH', 0],
        ['DASH', 180],
        ['DASH', 90],
        ['MP4', 90],
      ],
    ])
    for (const { url } of outputs) expect([url, (await decoded(url)).frames]).toEqual([url, frames])
    expect((await decoded(outputs[0]?.url ?? '', 'audio')).seconds).toBeCloseTo(3, 0)
    expect(await streams.playUrls(id)).toEqual(outputs.map(({ url }) => url))
    expect(await textOf(streams.at(id, 'index.m3u8'))).toMatch(/_1_320X180_\d+_0\.m3u8\n/)
    // Players that hold its playlists go on with it.
    expect((await decoded(streams.at(id, 'v1/index.m3u8'))).frames).toBe(frames)
    const made = await streams.filesOf(`show/${id}`)
    expect([...made.keys()]).toContain(`show/${id}/play_video/index.m3u8`)
    expect(new Map([...(await streams.filesOf('show'))].filter(([key]) => !made.has(key)))).toEqual(theirs)
  })

  thorough('plays in browsers, from a static host too', PATIENT, async () => {
    if (withoutBrowser) return
    await using browser = await openBrowser()
    await using page = await watch(browser, `${installation.server.url}/watch/${id}`)
    expect([page.qualities.map(({ height }) => height), await page.errors()]).toEqual([[90, 180], []])
    for (const level of [0, 1]) expect((await page.play(level, 0, 1)).height).toBe([90, 180][level])
    await using host = await startStaticHost(streams.pathOf(`show/${id}/play_video`))
    await using players = await startPlayers(browser)
    await using player = await players.open('hls.js', `${host.url}/index.m3u8`)
    expect(await player.play(0)).toMatchObject({ errors: [], ended: true })
  })

  test('is transcoded again with another group, from the same stream', PATIENT, async () => {
    await streams.order(id, 'other')
    await installation.settled(id)
    const [index, only, ...more] = await streams.playUrls(id)
    expect([index, more]).toEqual([streams.at(id, 'index.m3u8'), []])
    expect((await decoded(only ?? '')).frames).toBe(frames)
    expect(await textOf(index ?? '')).toContain('RESOLUTION=212x120')
  })

  test('is the asset again when the outputs are deleted, and beside them where none is HLS', PATIENT, async () => {
    const { templateGroupId = '' } = (await installation.server.foundation.reader.assetById(id)) ?? {}
    const body = { asset_id: id, delete_type: 'GROUP', delete_infos: [{ group_id: templateGroupId }] }
    const answer = await installation.tenant.call('DELETE', '/asset/transcode-product', { version: 'v1', body })
    expect(Object(answer.body).status).toBe('SUCCESS')
    expect(await streams.playUrls(id)).toEqual(adoptedUrls())
    expect(await textOf(streams.at(id, 'index.m3u8'))).toBe(await readFile(streams.pathOf('show/master.m3u8'), 'utf8'))
    expect((await decoded(streams.at(id, 'index.m3u8'))).frames).toBe(frames)
    await streams.order(id, 'dash')
    await installation.settled(id)
    expect((await streams.playUrls(id)).slice(0, 4)).toEqual([...adoptedUrls(), streams.at(id, 'index.mpd')])
    expect((await decoded(streams.at(id, 'index.mpd'))).frames).toBe(frames)
  })

  test('is left as it was when the asset is deleted, and nothing of ours stays', PATIENT, () =>
    streams.deleteAsset(id, 'show', theirs),
  )
})

test('fragmented MP4 with its sound apart is encoded, in step', PATIENT, async () => {
  // The sound begins half a second late, on the clock of the picture.
  const late = ['-itsoffset', '0.5', '-i', source]
  await streams.makeSegments('apart/v', ['-i', source, '-an', ...X264, '-hls_segment_type', 'fmp4'])
  await streams.makeSegments('apart/a', [...late, '-vn', '-c:a', 'copy', '-hls_segment_type', 'fmp4'])
  const sound = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="a/index.m3u8"'
  const text = '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="t",NAME="n",URI="t.m3u8"'
  const variant = '#EXT-X-STREAM-INF:BANDWIDTH=400000,AUDIO="a",SUBTITLES="t"'
  const lines = ['#EXTM3U', sound, text, variant, 'v/index.m3u8', '']
  const cues = ['#EXTM3U', '#EXT-X-TARGETDURATION:3', '#EXTINF:3,', 't.vtt', '#EXT-X-ENDLIST', '']
  await installation.put('apart/t.m3u8', Buffer.from(cues.join('\n')))
  await installation.put('apart/t.vtt', Buffer.from('WEBVTT\n\n00:01.000 --> 00:02.000\nhello\n'))
  await installation.put('apart/all.m3u8', Buffer.from(lines.join('\n')))
  const id = await streams.adopt('apart/all.m3u8', { templateGroup: 'web' })
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect([transcode_status, exec_desc]).toEqual([
    ...['TRANSCODE_SUCCEED', expect.stringContaining('subtitles of the stream are not in the outputs: t.m3u8')],
  ])
  const [index] = await installation.streams(id)
  expect((await decoded(index?.url ?? '')).frames).toBe(frames)
  expect(await silenceEnds(index?.url ?? '')).toBeCloseTo((await silenceEnds(source)) + 0.5, 1)
})

/** When a sound louder than noise begins. */
const silenceEnds = async (url: string): Promise<number> => {
  const args = ['-v', 'info', '-i', url, '-af', 'silencedetect=n=-60dB:d=0.01', '-vn', '-f', 'null', '-']
  const { stderr } = await ffmpeg(...args)
  return Number(/silence_end: ([\d.]+)/.exec(stderr)?.[1] ?? 0)
}

thorough('the adaptive group takes samples of a stream', PATIENT, async () => {
  await streams.makeShow('adaptive', source)
  const id = await streams.adopt('adaptive/master.m3u8', { templateGroup: 'adaptive_template_group' })
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.not.stringContaining('Bit rates are')])
  const [index] = await installation.streams(id)
  expect((await decoded(index?.url ?? '')).frames).toBe(frames)
})

test('a picture that changes its size on the way is encoded to one size', PATIENT, async () => {
  const parts = [
    await clip({ seconds: 2, args: ['-vf', 'scale=320:180', ...X264, '-c:a', 'aac', '-ac', '2'], extension: 'ts' }),
    await clip({
      ...{ seconds: 2, extension: 'ts' },
      args: ['-vf', 'scale=480:270', ...X264, '-c:a', 'aac', '-ac', '2', '-output_ts_offset', '2'],
    }),
  ]
  await streams.makeSegments('changing', ['-i', `concat:${parts.join('|')}`, '-c', 'copy'])
  const id = await streams.adopt('changing/index.m3u8', { templateGroup: 'other' })
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const [index] = await installation.streams(id)
  expect((await decoded(index?.url ?? '')).frames).toBe(2 * (await decoded(parts[0] ?? '')).frames)
})

thorough('damage in a segment is passed over, and the asset says so', PATIENT, async () => {
  await streams.makeShow('damaged', source)
  const bytes = await readFile(streams.pathOf('damaged/v1/001.ts'))
  await writeFile(streams.pathOf('damaged/v1/001.ts'), bytes.fill(0x55, 188 * 20, 188 * 40))
  const id = await streams.adopt('damaged/master.m3u8', { templateGroup: 'other' })
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.stringContaining('Source damaged: ')])
})

test.each([
  ['has a break in its times', '#EXT-X-DISCONTINUITY', 'index.m3u8 cannot be read as one film: it has an #EXT-X-DISC'],
  ['is another one when it is read', '', '001.ts is not the file that was adopted'],
] as const)('a stream that %s plays on as it lies; its outputs fail and say why', PATIENT, async (_, tag, reason) => {
  await streams.makeSegments('cut', ['-i', source, ...X264, '-c:a', 'copy'])
  if (tag !== '') {
    const text = await readFile(streams.pathOf('cut/index.m3u8'), 'utf8')
    await writeFile(streams.pathOf('cut/index.m3u8'), text.replace(/(000\.ts\n)/, `$1${tag}\n`))
  }
  const id = await streams.adopt('cut/index.m3u8', { templateGroup: tag === '' ? '' : 'other' })
  await installation.settled(id)
  if (tag === '') {
    await writeFile(streams.pathOf('cut/001.ts'), await readFile(streams.pathOf('cut/002.ts')))
    await streams.order(id, 'other')
  }
  const { asset_status, transcode_status, exec_desc } = await installation.settled(id)
  expect([asset_status, transcode_status, exec_desc]).toEqual([
    ...['PUBLISHED', 'TRANSCODE_FAILED', expect.stringContaining(reason)],
  ])
  expect([await streams.playUrls(id), await statusOf(streams.at(id, '000.ts'))]).toEqual([
    [streams.at(id, 'index.m3u8')],
    200,
  ])
})
