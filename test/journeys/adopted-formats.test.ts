import { afterAll, beforeAll, expect, test } from 'vitest'
import { confirm, createWatermark, pictureBytes, putChunked } from '../contract/watermark-fixtures.ts'
import { boxAround } from '../ffmpeg/marked.ts'
import { rawFrames } from '../ffmpeg/raw-frames.ts'
import { someOf, thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { derive } from '../support/media.ts'
import { PATIENT } from '../support/until.ts'
import { adoptedStreams, type Streams } from './adopted-streams.ts'
import { decoded } from './decoded.ts'

const GREY = [128, 128, 128] as const
const FRAMES = 20

let installation: Installation
let streams: Streams
beforeAll(async () => {
  installation = await startInstallation()
  streams = adoptedStreams(installation)
  await makeApart()
})
afterAll(() => installation[Symbol.asyncDispose]())

/** Grey pictures in fragmented MP4, and a tone beside them. */
const makeApart = async () => {
  const lavfi = (what: string) => ['-f', 'lavfi', '-i', what]
  const x264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '10']
  const grey = await derive([...lavfi('color=0x808080:s=640x360:r=10:d=2,format=yuv420p'), ...x264], 'mp4')
  await streams.makeSegments('grey/v', ['-i', grey, '-c', 'copy', '-hls_segment_type', 'fmp4'])
  await streams.makeSegments('grey/a', [
    ...lavfi('sine=d=2:r=48000'),
    '-c:a',
    'aac',
    '-ac',
    '2',
    '-hls_segment_type',
    'fmp4',
  ])
  const sound = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="n",URI="a/index.m3u8"'
  const lines = ['#EXTM3U', sound, '#EXT-X-STREAM-INF:BANDWIDTH=400000,AUDIO="a"', 'v/index.m3u8', '']
  await installation.put('grey/all.m3u8', Buffer.from(lines.join('\n')))
}

const made = async (templateGroup: string) => {
  const id = await streams.adopt('grey/all.m3u8', { templateGroup })
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.any(String)])
  return { id, outputs: await installation.streams(id) }
}

thorough('H.265 in streams and files, with the sound that lies apart', PATIENT, async () => {
  const formats = ['DASH_HLS', 'MP4'] as const
  await streams.createGroup(
    'newer',
    formats.map((format) => [format, 270] as const),
    { common: { video_codec: 'H265' } },
  )
  const { outputs } = await made('newer')
  expect(outputs.map(({ play_type, meta_data }) => [play_type, meta_data['codec']])).toEqual(
    ['HLS', 'HLS', 'DASH', 'DASH', 'MP4'].map((type) => [type, 'H.265']),
  )
  for (const { url } of outputs) expect([url, (await decoded(url)).frames]).toEqual([url, FRAMES])
  expect((await decoded(outputs[0]?.url ?? '', 'audio')).seconds).toBeCloseTo(2, 0)
})

const SOUNDS = [
  ['ADTS', 'AAC'],
  ['MP3', 'MP3'],
] as const
test.each(someOf(SOUNDS))('the sound alone as %s, beside the stream', PATIENT, async (format, type) => {
  await streams.createGroup(`sound_${format}`, [[format, 180]])
  const { id, outputs } = await made(`sound_${format}`)
  expect(outputs.map(({ play_type }) => play_type)).toEqual([type])
  expect((await decoded(outputs[0]?.url ?? '', 'audio')).seconds).toBeCloseTo(2, 0)
  const urls = [...['index.m3u8', 'v/index.m3u8'].map((file) => streams.at(id, file)), outputs[0]?.url]
  expect(await streams.playUrls(id)).toEqual(urls)
})

thorough('watermarks are burnt in beside sound that lies apart', PATIENT, async () => {
  const place = { position: 'BOTTOMLEFT', dx: '0.1', dy: '0.1', width: '0.2', height: '0.2', timeline_start: '1' }
  const { id, uploadUrl } = await createWatermark(installation.tenant, { name: 'journey', ...place })
  expect((await putChunked(uploadUrl, await pictureBytes())).status).toBe(200)
  expect((await confirm(installation.tenant, id)).status).toBe(200)
  await streams.createGroup('marked', [['HLS', 180]], { watermark_template_ids: [id] })
  const { outputs } = await made('marked')
  const seen = await rawFrames(outputs[1]?.url ?? '', { width: 320, height: 180 })
  expect(seen.map((frame) => boxAround(frame, GREY) !== undefined)).toEqual(
    Array.from({ length: FRAMES }, (_, n) => n >= 10),
  )
})
