import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { PATIENT, until } from '../support/until.ts'
import { decoded } from './decoded.ts'

/** Encrypted HLS beside formats that stay clear: one asset through its changes, each test where the one before left it. */
let installation: Installation
let id: AssetId
let frames: number

const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
/** Of HLS alone. */
const quiet = { ...audio, bitrate: 48 }
const large = { quality: 'SD', width: 480, height: 270, bitrate: 300 }
const small = { quality: 'FLUENT', width: 320, height: 180, bitrate: 200 }
const OUTPUTS = [
  { format: 'DASH_HLS', video: large, audio },
  { format: 'HLS', video: small, audio: quiet },
  { format: 'MP4', video: large, audio },
]

beforeAll(async () => {
  installation = await startInstallation()
  const { tenant } = installation
  const args = ['-vf', 'scale=640:360,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  const source = await clip({ seconds: 3, args })
  frames = (await decoded(source)).frames
  await installation.put('film.mp4', { file: source })
  const body = {
    ...{ name: 'mixed', type: 'custom_template_group', quality_info_list: OUTPUTS, auto_encrypt: 1 },
    common: { pvc: '0', hls_interval: 2 },
  }
  expect((await tenant.call('POST', '/asset/template_group/transcodings', { body })).status).toBe(200)
  id = await installation.import('film.mp4', { templateGroup: 'mixed' })
})
afterAll(() => installation[Symbol.asyncDispose]())

const change = async (wanted: object): Promise<void> => {
  await installation.tenant.native('PUT', '/assets/encryption', { asset_id: id, ...wanted })
  await until('the change is made', async () => {
    const asset = await installation.server.foundation.reader.assetById(id)
    return asset?.encryption?.change === undefined
  })
}

/** All frames that a player without a key, or with a token, gets of each output. */
const seen = async () => {
  const streams = await installation.streams(id)
  return Promise.all(
    streams.map(async (one) => {
      const { url, play_type } = one
      const args = ['-v', 'quiet', '-i', url, '-map', '0:v:0', '-f', 'null', '-progress', 'pipe:1', '-']
      const { stdout } = await ffmpeg(...args).catch((error: unknown) => Object(error))
      return [play_type, Object(one).encrypted, Number([...stdout.matchAll(/^frame=(\d+)/gm)].at(-1)?.[1] ?? 0)]
    }),
  )
}
const played = async (): Promise<number> => {
  const answer = await installation.tenant.native('POST', '/assets/play-tokens', { asset_id: id, viewer: 'alice' })
  return (await decoded(String(Object(answer).play_url))).frames
}
const clearOnes = () => [...Array.from({ length: 2 }, () => ['DASH', 0, frames]), ['MP4', 0, frames]]
const sealedOnes = Array.from({ length: 3 }, () => ['HLS', 1, 0])

/** Tracks with segments, by what begins them: a media segment names itself, a sealed one is noise. */
const tracks = async () => {
  const { store, config } = installation.server.foundation
  const firsts = (await installation.objects(id)).filter((path) => path.endsWith('/00000.m4s'))
  const kinds = await Promise.all(
    firsts.map(async (path) => {
      const object = { bucket: config.vodBucket, key: `${installation.tenant.projectId}/${id}/${path}` }
      const stream = await store.read(object, { range: { start: 4, end: 7 } })
      const chunks: Buffer[] = []
      for await (const chunk of stream) chunks.push(Buffer.from(chunk))
      return `${/_(\d+|audio\d?)\/0{5}/.exec(path)?.[1]} ${Buffer.concat(chunks).toString('latin1') === 'styp' ? 'clear' : 'sealed'}`
    }),
  )
  return kinds.toSorted()
}

test(
  'HLS is sealed, DASH and MP4 are clear and say so; what only HLS needs never lies there clear',
  PATIENT,
  async () => {
    const { transcode_status, exec_desc } = await installation.settled(id)
    expect(transcode_status).toBe('TRANSCODE_SUCCEED')
    expect(exec_desc).toContain('Encrypted are the HLS outputs; those of other formats stay clear')
    expect(await seen()).toEqual([...sealedOnes, ...clearOnes()])
    expect(await played()).toBe(frames)
    expect(await tracks()).toEqual([
      ...['1 clear', '1 sealed', '2 sealed', 'audio clear', 'audio sealed', 'audio2 sealed'],
    ])
  },
)

test('a rotation writes HLS again and leaves the others alone', PATIENT, async () => {
  const before = new Map((await installation.streams(id)).map(({ url, play_type }) => [url, play_type]))
  await change({ enabled: true, rotate: true })
  expect(new Map((await installation.streams(id)).map(({ url, play_type }) => [url, play_type]))).toEqual(before)
  expect(await seen()).toEqual([...sealedOnes, ...clearOnes()])
  expect(await played()).toBe(frames)
})

test('switched off, everything plays', PATIENT, async () => {
  await change({ enabled: false })
  const hls = Array.from({ length: 3 }, () => ['HLS', 0, frames])
  expect(await seen()).toEqual([...hls, ...clearOnes()])
})

thorough('switched on for outputs that were all clear, the segments of DASH stay where they are', PATIENT, async () => {
  const body = { asset_id: id, template_group_name: 'mixed_clear' }
  const group = { name: 'mixed_clear', type: 'custom_template_group', quality_info_list: OUTPUTS }
  const common = { pvc: '0', hls_interval: 2 }
  const path = '/asset/template_group/transcodings'
  expect((await installation.tenant.call('POST', path, { body: { ...group, common } })).status).toBe(200)
  expect((await installation.tenant.call('POST', '/asset/process', { body })).status).toBe(202)
  await installation.settled(id)
  const manifest = (await installation.streams(id)).find(({ play_type }) => play_type === 'DASH')?.url ?? ''
  const text = await (await fetch(manifest)).text()
  await change({ enabled: true })
  expect(await seen()).toEqual([...sealedOnes, ...clearOnes()])
  expect(await played()).toBe(frames)
  expect(await (await fetch(manifest)).text()).toBe(text)
  const run = /initialization="([0-9a-f]{32})_1\//.exec(text)?.[1] ?? ''
  const [picture, sound] = [`${run}_2/`, `${run}_audio2/`]
  const statuses = [picture, sound].map(async (track) => {
    return (await fetch(`${installation.server.url}/asset/${id}/play_video/${track}00000.m4s`)).status
  })
  expect(await Promise.all(statuses)).toEqual([404, 404])
  const gone = [picture, sound, `${run}_audio.m3u8`, `${run}_audio2.m3u8`]
  await until('what only HLS had is swept', async () =>
    (await installation.objects(id)).every((one) => !gone.some((name) => one.includes(name))),
  )
  expect(await seen()).toEqual([...sealedOnes, ...clearOnes()])
})

test('the last outputs of HLS gone, the others play on', PATIENT, async () => {
  const urls = (await installation.streams(id)).filter(({ play_type }) => play_type === 'HLS').map(({ url }) => url)
  const { server, tenant } = installation
  const products = urls.map((url) => ({ url }))
  const body = { asset_id: id, delete_type: 'PRODUCT', delete_infos: [{ products }] }
  expect((await tenant.call('DELETE', '/asset/transcode-product', { body, version: 'v1' })).status).toBeLessThan(300)
  expect(await seen()).toEqual(clearOnes())
  expect((await fetch(`${server.url}/asset/${id}/play_video/index.m3u8`)).status).toBe(404)
})
