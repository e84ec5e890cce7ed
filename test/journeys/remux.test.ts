import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { PublishAssetReq, PublishAssetsRequest } from '@huaweicloud/huaweicloud-sdk-vod'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { refusalOf } from '../contract/support.ts'
import { someOf, thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation[Symbol.asyncDispose]())

const SMALL = ['-vf', 'scale=320:180,setsar=1', '-pix_fmt', 'yuv420p']
const X264 = [...SMALL, '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '24']
const AAC = ['-c:a', 'aac', '-ac', '2']

const remuxed = async (name: string, file: string, type: string) => {
  await installation.put(name, { file })
  const templateGroup = 'original_template_group'
  const id = await installation.import(name, { templateGroup, type })
  const { transcode_status, exec_desc } = await installation.settled(id)
  return { status: transcode_status, note: exec_desc, streams: await installation.streams(id), id }
}

/** Of the packets as they are stored, whatever holds them. */
const packets = async (url: string, kind: 'v' | 'a'): Promise<string> => {
  const { stdout } = await ffmpeg(
    '-v',
    'error',
    '-i',
    url,
    '-map',
    `0:${kind}:0`,
    '-c',
    'copy',
    '-f',
    'streamhash',
    '-',
  )
  return stdout.trim()
}

/** Of the pictures: MPEG-TS adds to the packets. */
const pictures = async (url: string): Promise<string> =>
  (await ffmpeg('-v', 'error', '-i', url, '-map', '0:v:0', '-fps_mode', 'passthrough', '-f', 'streamhash', '-')).stdout

const REMUXED = [
  ['FLV with MP3', 'flv', [...X264, '-c:a', 'libmp3lame', '-ar', '44100'], ['HLS', 'HLS', 'MP4']],
  ['MP4 with 5.1', 'mp4', [...X264, '-c:a', 'aac'], ['HLS', 'HLS']],
  ['FLV', 'flv', [...X264, ...AAC], ['HLS', 'HLS', 'MP4']],
  ['MP4', 'mp4', [...X264, ...AAC], ['HLS', 'HLS']],
  [
    'MP4 of H.265',
    'mp4',
    [...SMALL, ...AAC, '-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error:keyint=24'],
    ['HLS', 'HLS'],
  ],
] as const

test.each(someOf(REMUXED))(
  '%s gets other containers, and its packets are the source’s',
  PATIENT,
  async (name, extension, args, kinds) => {
    const file = await clip({ seconds: 3, args, extension })
    const { status, note, streams } = await remuxed(`${name}.${extension}`, file, extension.toUpperCase())
    expect([status, note]).toEqual(['TRANSCODE_SUCCEED', expect.stringContaining('Transcode success')])
    expect(streams.map(({ play_type }) => play_type)).toEqual(kinds)
    const { frames } = await decoded(file)
    for (const { url } of streams) expect([url, (await decoded(url)).frames]).toEqual([url, frames])
    const [index, ...renditions] = streams
    const file0 = await packets(file, 'v')
    for (const { url } of renditions) expect(await packets(url, 'v')).toBe(file0)
    expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo((await decoded(file, 'audio')).seconds, 1)
    const mp4 = streams.find(({ play_type }) => play_type === 'MP4')
    if (mp4) expect(await packets(mp4.url, 'a')).toBe(await packets(file, 'a'))
  },
)

test('an MP3 becomes a stream of sound; other audio files keep the vendor’s rule', PATIENT, async () => {
  const file = await clip({ seconds: 3, args: ['-vn', '-c:a', 'libmp3lame', '-ac', '2'], extension: 'mp3' })
  const { status, streams } = await remuxed('song.mp3', file, 'MP3')
  expect([status, streams.map(({ play_type }) => play_type)]).toEqual(['TRANSCODE_SUCCEED', ['HLS', 'HLS']])
  for (const { url } of streams) expect((await decoded(url, 'audio')).seconds).toBeCloseTo(3, 0)
  const wav = await clip({ seconds: 1, args: ['-vn', '-c:a', 'pcm_s16le'], extension: 'wav' })
  const other = await remuxed('song.wav', wav, 'WAV')
  expect([other.status, other.note]).toEqual([
    'UN_TRANSCODE',
    expect.stringContaining('Audio files are not transcoded'),
  ])
})

const REFUSED = [
  ['MKV', 'mkv', [...X264, ...AAC], /takes FLV, HLS, MP3 and MP4/],
  ['MP4', 'mp4', [...SMALL, '-c:v', 'mpeg4', ...AAC], /do not take mpeg4; choose a group that transcodes/],
  ['MP4', 'mp4', [...X264, '-c:a', 'ac3'], /do not take ac3/],
  ['FLV', 'flv', [...SMALL, '-c:v', 'flv', '-an'], /HLS and MP4 do not take flv1/],
] as const

test.each(someOf(REFUSED, 2))(
  'what cannot be remuxed fails with the reason: %s (%#)',
  PATIENT,
  async (type, extension, args, reason) => {
    const file = await clip({ seconds: 1, args, extension })
    const { status, note } = await remuxed(`no.${extension}`, file, type)
    expect([status, note]).toEqual(['TRANSCODE_FAILED', expect.stringMatching(reason)])
  },
)

const infoOf = async (id: string) => {
  const { body } = await installation.tenant.call('GET', '/asset/info', { query: `asset_id=${id}` })
  return Object(body).asset_info_array[0]
}

const STREAMS = [
  [
    'fragmented MP4 with its sound apart',
    ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', '-hls_segment_type', 'fmp4'],
    '%v.m3u8',
    'v:0,agroup:sound a:0,agroup:sound',
  ],
  ['MPEG-TS', ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod'], '%v.m3u8', 'v:0,a:0'],
  [
    'MPEG-TS with its sound apart, both late',
    ['-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', '-output_ts_offset', '7'],
    '%v.m3u8',
    'v:0,agroup:sound a:0,agroup:sound',
  ],
] as const

describe.each(someOf(STREAMS))('an HLS stream of %s', (name, args, playlist, map) => {
  test('gets an MP4 of its packets, and stays what it is', PATIENT, async () => {
    const folder = name.replaceAll(/\W/g, '')
    const at = join(installation.dataDir, 'buckets', BUCKET, folder)
    await mkdir(at, { recursive: true })
    const file = await clip({ seconds: 3, args: [...X264, ...AAC] })
    const streams = ['-map', '0:v', '-map', '0:a', '-c', 'copy', '-var_stream_map', map]
    await ffmpeg('-v', 'error', '-i', file, ...streams, ...args, '-master_pl_name', 'master.m3u8', join(at, playlist))
    const options = { type: 'HLS', output: { bucket: BUCKET, path: folder } }
    const id = await installation.import(`${folder}/master.m3u8`, {
      ...options,
      templateGroup: 'original_template_group',
    })
    const { transcode_status, exec_desc } = await installation.settled(id)
    expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.stringContaining('Transcode success')])
    const [made, ...others] = await installation.streams(id)
    expect([made?.play_type, others]).toEqual(['MP4', []])
    const mp4 = made?.url
    const index = `${installation.server.url}/asset/${id}/play_video/index.m3u8`
    const playUrls = async () => (await infoOf(id)).play_info_array.map(({ url }: { url: string }) => url)
    const listed = await playUrls()
    expect([listed.at(0), listed.at(-1), new Set(listed).size]).toEqual([index, mp4, listed.length])
    const { frames } = await decoded(file)
    expect([(await decoded(index)).frames, (await decoded(mp4 ?? '')).frames]).toEqual([frames, frames])
    expect(await pictures(mp4 ?? '')).toBe(await pictures(file))
    // In step to a packet of sound.
    const [start, expected] = await Promise.all([startsOf(mp4 ?? ''), startsOf(file)])
    expect(start.audio - start.video).toBeCloseTo(expected.audio - expected.video, 1)
    // The file can be deleted, the tenant's stream cannot.
    const remove = async (url: string) => {
      const body = { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ products: [{ url }] }] }
      return (await installation.tenant.call('DELETE', '/asset/transcode-product', { body, version: 'v1' })).body
    }
    expect([await remove(index), await remove(mp4 ?? '')]).toMatchObject([
      ...[{ status: 'FAIL' }, { status: 'SUCCESS' }],
    ])
    expect([await installation.streams(id), await playUrls()]).toEqual([[], listed.slice(0, -1)])
    expect([(await fetch(mp4 ?? '')).status, (await decoded(index)).frames]).toEqual([404, frames])
  })
})

/** Where the first of these streams lies. */
const SOUND_APART = 'fragmentedMP4withitssoundapart'

test('the sound of a stream that lies apart becomes an asset', PATIENT, async () => {
  const output = { bucket: BUCKET, path: SOUND_APART }
  const id = await installation.import(`${SOUND_APART}/master.m3u8`, { type: 'HLS', templateGroup: '', output })
  await installation.settled(id)
  const body = { asset_id: id, parameter: { format: 'AAC' } }
  const answer = await installation.tenant.call('POST', '/asset/extract_audio', { body })
  expect(answer.status).toBe(202)
  const audio = await installation.settled(Object(answer.body).audio_asset_id)
  expect(audio).toMatchObject({ asset_status: 'CREATED', duration: 3 })
  await installation.tenant.vod.publishAssets(
    new PublishAssetsRequest().withBody(new PublishAssetReq([audio.asset_id])),
  )
  expect((await decoded(Object(audio).original_url, 'audio')).seconds).toBeCloseTo(3, 0)
})

test('a stream that is to be encrypted is refused: of HLS a remux makes MP4 alone', PATIENT, async () => {
  await installation.put('none/master.m3u8', Buffer.from('#EXTM3U'))
  const options = { type: 'HLS', output: { bucket: BUCKET, path: 'none' }, encrypt: true } as const
  const order = installation.import('none/master.m3u8', { ...options, templateGroup: 'original_template_group' })
  expect(await refusalOf(order)).toMatchObject({
    ...{ code: 'VOD.10053', message: expect.stringContaining('auto_encrypt') },
  })
})

/** When the first frame of each is shown, in seconds. */
const startsOf = async (url: string): Promise<{ readonly video: number; readonly audio: number }> => {
  const first = async (kind: 'v' | 'a') => {
    const args = ['-copyts', '-i', url, '-map', `0:${kind}:0`, '-frames', '1', '-f', 'framecrc', '-']
    const { stdout } = await ffmpeg('-v', 'error', ...args)
    const [, numerator = 1, denominator = 1] = /#tb 0: (\d+)\/(\d+)/.exec(stdout)?.map(Number) ?? []
    const pts = Number(/^0,\s*-?\d+,\s*(-?\d+)/m.exec(stdout)?.[1])
    return (pts * numerator) / denominator
  }
  return { video: await first('v'), audio: await first('a') }
}

test('sound that begins late stays in step', PATIENT, async () => {
  const base = await clip({ seconds: 3, args: [...X264, ...AAC] })
  const late = await derive(
    ['-i', base, '-itsoffset', '0.4', '-i', base, '-map', '0:v', '-map', '1:a', '-c', 'copy'],
    'flv',
  )
  const { status, streams } = await remuxed('late.flv', late, 'FLV')
  expect(status).toBe('TRANSCODE_SUCCEED')
  const mp4 = streams.find(({ play_type }) => play_type === 'MP4')?.url ?? ''
  const [start, expected] = await Promise.all([startsOf(mp4), startsOf(late)])
  expect(start.audio - start.video).toBeCloseTo(expected.audio - expected.video, 1)
})

test('what an edit list hides cannot be remuxed, and the reason says so', PATIENT, async () => {
  const whole = await clip({ seconds: 4, args: [...X264, ...AAC] })
  const cut = await derive(['-ss', '1.3', '-i', whole, '-c', 'copy'], 'mp4')
  const { status, note } = await remuxed('cut.mp4', cut, 'MP4')
  expect([status, note]).toEqual(['TRANSCODE_FAILED', expect.stringContaining('an edit list hides')])
})

thorough('an MP3 that was cut out of another one is passed on', PATIENT, async () => {
  const song = await clip({ seconds: 4, args: ['-vn', '-c:a', 'libmp3lame', '-ac', '2'], extension: 'mp3' })
  const cut = await derive(['-ss', '1.5', '-i', song, '-c', 'copy', '-write_xing', '0'], 'mp3')
  expect((await remuxed('cut.mp3', cut, 'MP3')).status).toBe('TRANSCODE_SUCCEED')
})

test(
  'damage between the ends is told once all of the film was decoded, and the streams do not wait for it',
  PATIENT,
  async () => {
    const film = await readFile(await clip({ seconds: 6, args: [...X264, ...AAC, '-movflags', '+faststart'] }))
    film.fill(0x55, Math.floor(film.length * 0.5), Math.floor(film.length * 0.5) + 4000)
    await installation.put('damaged.mp4', film)
    const templateGroup = 'original_template_group'
    const id = await installation.import('damaged.mp4', { templateGroup, type: 'MP4' })
    const { transcode_status, exec_desc } = await installation.settled(id)
    expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.any(String)])
    await until('the damage is told', async () =>
      (await installation.settled(id)).exec_desc.includes('Source damaged: '),
    )
  },
)

test('encryption is refused for what is not encoded to HLS by us', PATIENT, async () => {
  const options = { type: 'HLS', output: { bucket: BUCKET, path: SOUND_APART }, templateGroup: '' }
  const id = await installation.import(`${SOUND_APART}/master.m3u8`, options)
  await installation.settled(id)
  const body = { asset_id: id, template_group_name: 'original_template_group', auto_encrypt: 1 }
  const answer = await installation.tenant.call('POST', '/asset/process', { body })
  expect([answer.status, Object(answer.body).error_code]).toEqual([403, 'VOD.10053'])
  expect((await fetch(`${installation.server.url}/asset/${id}/play_video/index.m3u8`)).status).toBe(200)
})

test('a remux can be asked for later, and encrypted', PATIENT, async () => {
  await installation.put('later.mp4', { file: await clip({ seconds: 3, args: [...X264, ...AAC] }) })
  const id = await installation.import('later.mp4', { templateGroup: '' })
  await installation.settled(id)
  const body = { asset_id: id, template_group_name: 'original_template_group', auto_encrypt: 1 }
  expect((await installation.tenant.call('POST', '/asset/process', { body })).status).toBe(202)
  const { transcode_status, exec_desc } = await installation.settled(id)
  // MP4 becomes HLS alone: there is no other format that could stay clear.
  expect([transcode_status, exec_desc]).toEqual(['TRANSCODE_SUCCEED', expect.not.stringContaining('clear')])
  const [, media] = await installation.streams(id)
  expect(Object(media).encrypted).toBe(1)
  expect(await (await fetch(media?.url ?? '')).text()).toContain('#EXT-X-KEY:METHOD=AES-128')
})

thorough(
  'of an encrypted remux of FLV the MP4 stays clear, and the asset says so as long as there is one',
  PATIENT,
  async () => {
    await installation.put('sealed.flv', {
      file: await clip({ seconds: 3, args: [...X264, ...AAC], extension: 'flv' }),
    })
    const options = { type: 'FLV', templateGroup: 'original_template_group', encrypt: true }
    const id = await installation.import('sealed.flv', options)
    const told = async () => (await installation.settled(id)).exec_desc.includes('those of other formats stay clear')
    expect(await told()).toBe(true)
    const mp4 = (await installation.streams(id)).find(({ play_type }) => play_type === 'MP4')
    const body = { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ products: [{ url: mp4?.url }] }] }
    await installation.tenant.call('DELETE', '/asset/transcode-product', { body, version: 'v1' })
    expect([(await installation.streams(id)).length, await told()]).toEqual([2, false])
  },
)
