import { afterAll, beforeAll, expect, test } from 'vitest'
import { someOf, thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { type Installation, type ListedStream, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

const PATH = '/asset/template_group/transcodings'

let installation: Installation
let source: string
beforeAll(async () => {
  installation = await startInstallation()
  const args = ['-vf', 'scale=640:360,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  source = await clip({ seconds: 3, args })
  await installation.put('film.mp4', { file: source })
})
afterAll(() => installation[Symbol.asyncDispose]())

const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
const video = { quality: 'SD', width: 480, height: 270, bitrate: 300 }
const small = { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 }

const made = async (name: string, outputs: readonly object[], common: object = {}) => {
  const body = {
    ...{ name, type: 'custom_template_group', quality_info_list: outputs },
    common: { pvc: '0', hls_interval: 2, ...common },
  }
  expect((await installation.tenant.call('POST', PATH, { body })).status).toBe(200)
  const id = await installation.import('film.mp4', { templateGroup: name })
  const { transcode_status, exec_desc } = await installation.settled(id)
  expect(`${transcode_status} ${exec_desc}`).toContain('TRANSCODE_SUCCEED')
  return { id, note: exec_desc, streams: await installation.streams(id), objects: await installation.objects(id) }
}

const kinds = (streams: readonly ListedStream[]) =>
  streams.map(({ play_type, url, meta_data: { codec, width } }) => [
    ...[play_type, url.replace(/^.*\/play_video\//, '').replace(/[0-9a-f]{32}/, 'x'), codec, width],
  ])

test('one set of segments is an HLS and a DASH stream, listed and played as both', PATIENT, async () => {
  const { streams, objects } = await made('both', [
    { format: 'DASH_HLS', video, audio },
    { format: 'DASH_HLS', video: small, audio },
  ])
  expect(kinds(streams)).toEqual([
    ['HLS', 'index.m3u8', 'H.264', 0],
    ['HLS', 'x_1_480X270_300_0.m3u8', 'H.264', 480],
    ['HLS', 'x_2_320X180_200_0.m3u8', 'H.264', 320],
    ['DASH', 'index.mpd', 'H.264', 0],
    ['DASH', 'x_1_480X270_300_0.mpd', 'H.264', 480],
    ['DASH', 'x_2_320X180_200_0.mpd', 'H.264', 320],
  ])
  const { frames } = await decoded(source)
  for (const { url } of streams) expect([url, (await decoded(url)).frames]).toEqual([url, frames])
  expect((await decoded(streams[3]?.url ?? '', 'audio')).seconds).toBeCloseTo(3, 0)
  const answer = await fetch(streams[3]?.url ?? '')
  expect(Object.fromEntries(answer.headers)).toMatchObject({
    ...{ 'content-type': 'application/dash+xml', 'cache-control': 'no-cache' },
  })
  expect(objects.filter((name) => name.endsWith('_1/init.mp4'))).toHaveLength(1)
})

thorough('H.265 is hvc1 in every format, and its frames are those of the source', PATIENT, async () => {
  const outputs = [
    { format: 'DASH_HLS', video, audio },
    { format: 'MP4', video, audio },
  ]
  const { streams } = await made('newer', outputs, { video_codec: 'H265' })
  expect(kinds(streams).map(([type, , codec]) => [type, codec])).toEqual([
    ...[
      ['HLS', 'H.265'],
      ['HLS', 'H.265'],
      ['DASH', 'H.265'],
      ['DASH', 'H.265'],
      ['MP4', 'H.265'],
    ],
  ])
  const { frames } = await decoded(source)
  for (const { url } of streams) expect([url, (await decoded(url)).frames]).toEqual([url, frames])
  for (const index of [0, 2]) expect(await (await fetch(streams[index]?.url ?? '')).text()).toMatch(/hvc1\.1\./)
})

test('MP4 alone: one file each with its index first, and nothing else is kept', PATIENT, async () => {
  const { streams, objects, id } = await made('files', [
    { format: 'MP4', video, audio },
    { format: 'MP4', video: small, audio },
  ])
  expect(kinds(streams)).toEqual([
    ['MP4', 'x_1_480X270_300_0.mp4', 'H.264', 480],
    ['MP4', 'x_2_320X180_200_0.mp4', 'H.264', 320],
  ])
  const { frames } = await decoded(source)
  for (const { url, meta_data } of streams) {
    expect(await decoded(url)).toMatchObject({ frames, seconds: expect.closeTo(3, 1) })
    expect((await decoded(url, 'audio')).seconds).toBeCloseTo((await decoded(source, 'audio')).seconds, 1)
    const bytes = Buffer.from(await (await fetch(url)).arrayBuffer())
    expect(bytes.length).toBe(meta_data['video_size'])
    expect(bytes.indexOf('moov')).toBeLessThan(bytes.indexOf('mdat'))
  }
  expect(objects.filter((name) => name.startsWith('play_video/'))).toHaveLength(2)
  expect((await fetch(`${installation.server.url}/asset/${id}/play_video/index.m3u8`)).status).toBe(404)
})

const SOUNDS = [
  ['MP3', 'MP3', 'audio/mpeg', 'MP3'],
  ['ADTS', 'AAC', 'audio/aac', 'AAC'],
] as const
test.each(someOf(SOUNDS))('the sound alone as %s', PATIENT, async (format, type, contentType, codec) => {
  const { streams, objects } = await made(`sound_${format}`, [{ format, video, audio }])
  expect(streams.map(({ play_type, meta_data }) => [play_type, meta_data['codec'], meta_data['width']])).toEqual([
    [type, codec, 0],
  ])
  const url = streams[0]?.url ?? ''
  expect((await fetch(url)).headers.get('content-type')).toBe(contentType)
  const { seconds } = await decoded(source, 'audio')
  // An ADTS file cannot say what of it is priming and padding.
  expect((await decoded(url, 'audio')).seconds).toBeCloseTo(seconds, format === 'MP3' ? 3 : 0)
  expect(objects.filter((name) => name.startsWith('play_video/'))).toHaveLength(1)
})

thorough('HE-AAC is real, or AAC-LC and says so; HLS and MP4 of sound alone', PATIENT, async () => {
  const outputs = [
    { format: 'HLS', audio },
    { format: 'MP4', audio },
  ]
  const { streams, note } = await made('efficient', outputs, { audio_codec: 'HEAAC1' })
  const codec = streams[1]?.meta_data['codec']
  expect(codec === 'HEAAC' || note.includes('HE-AAC is not available here; the sound is AAC-LC')).toBe(true)
  expect(streams.map(({ play_type }) => play_type)).toEqual(['HLS', 'HLS', 'MP4'])
  for (const { url } of streams) expect((await decoded(url, 'audio')).seconds).toBeCloseTo(3, 0)
})

test('MP3 is the sound of files; streams have AAC and say so, because their players take no MP3', PATIENT, async () => {
  const outputs = [
    { format: 'DASH_HLS', video: small, audio },
    { format: 'MP4', video: small, audio },
  ]
  const { streams, note } = await made('mp3_sound', outputs, { audio_codec: 'MP3' })
  expect(note).toContain('Players of HLS and DASH do not take MP3')
  expect(await (await fetch(streams[0]?.url ?? '')).text()).toContain(',mp4a.40.2"')
  const file = streams.find(({ play_type }) => play_type === 'MP4')?.url ?? ''
  expect(await soundOf(file)).toBe('mp3 48000 2')
})

test('outputs that differ in frame rate and sound, or have none, each as asked for', PATIENT, async () => {
  const mono = { sample_rate: 4, channels: 1, bitrate: 32 }
  const { streams } = await made('mixed', [
    { format: 'DASH_HLS', video, audio },
    { format: 'DASH_HLS', video: { ...small, frame_rate: 12 }, audio: mono },
    { format: 'MP4', video: small, audio: mono },
    { format: 'MP4', video: small, audio },
    { format: 'MP4', video },
    { format: 'MP3', audio },
  ])
  const { frames } = await decoded(source)
  const found = await Promise.all(
    streams.map(async ({ url, play_type, meta_data: { frame_rate, width } }) => {
      const picture = width === 0 && play_type === 'MP3' ? 0 : (await decoded(url)).frames
      return [play_type, width, frame_rate, picture]
    }),
  )
  expect(found).toEqual([
    ['HLS', 0, 0, frames],
    ['HLS', 480, 24, frames],
    ['HLS', 320, 12, 36],
    ['DASH', 0, 0, frames],
    ['DASH', 480, 24, frames],
    ['DASH', 320, 12, 36],
    ['MP4', 480, 24, frames],
    ['MP4', 320, 24, frames],
    ['MP4', 320, 24, frames],
    ['MP3', 0, 0, 0],
  ])
  const index = await (await fetch(streams[0]?.url ?? '')).text()
  expect(index.match(/AUDIO="\w+"/g)).toEqual(['AUDIO="audio"', 'AUDIO="audio2"'])
  expect(index.match(/CHANNELS="\d"/g)).toEqual(['CHANNELS="2"', 'CHANNELS="1"'])
  const manifest = await (await fetch(streams[3]?.url ?? '')).text()
  expect(manifest.match(/<AdaptationSet id="\d" contentType="\w+"/g)).toHaveLength(4)
  const sounds = await Promise.all(streams.slice(6).map(async ({ url }) => soundOf(url)))
  expect(sounds).toEqual([undefined, 'aac 44100 1', 'aac 48000 2', 'mp3 48000 2'])
})

thorough('the sound of a deleted output goes with it, though a silent one of its format stays', PATIENT, async () => {
  const { id, streams, objects } = await made('half_silent', [
    { format: 'HLS', video },
    { format: 'HLS', video: small, audio },
    { format: 'MP3', audio },
  ])
  const [loud] = streams.filter(({ meta_data: { width } }) => width === 320)
  const url = loud?.url ?? ''
  const segment = objects.find((path) => path.endsWith('_audio/00000.m4s'))
  const files = [url.replace(/_2_.*$/, '_audio.m3u8'), `${installation.server.url}/asset/${id}/${segment}`]
  const statuses = () => Promise.all(files.map(async (file) => (await fetch(file)).status))
  expect(await statuses()).toEqual([200, 200])
  const body = { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ products: [{ url }] }] }
  const { status } = await installation.tenant.call('DELETE', '/asset/transcode-product', { body, version: 'v1' })
  expect([status, await statuses()]).toEqual([200, [404, 404]])
  await until('it is swept', async () =>
    (await installation.objects(id)).every((path) => !/_audio(\/|\.m3u8)/.test(path)),
  )
  const left = await installation.streams(id)
  expect(left.map(({ play_type }) => play_type)).toEqual(['HLS', 'HLS', 'MP3'])
  const { frames } = await decoded(source)
  expect([(await decoded(left[1]?.url ?? '')).frames, await soundOf(left[2]?.url ?? '')]).toEqual([
    ...[frames, 'mp3 48000 2'],
  ])
})

/** Codec, sample rate and channels, as FFmpeg sees them. */
const soundOf = async (url: string): Promise<string | undefined> => {
  const { stderr } = await ffmpeg('-i', url, '-t', '0', '-f', 'null', '-')
  const [, codec, rate, layout] = /Audio: (\w+).*?, (\d+) Hz, (mono|stereo)/.exec(stderr) ?? []
  return codec && `${codec} ${rate} ${layout === 'mono' ? 1 : 2}`
}
