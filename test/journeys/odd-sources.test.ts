import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { someOf, thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { PATIENT } from '../support/until.ts'
import { decoded } from './decoded.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation[Symbol.asyncDispose]())

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast']
const AAC = ['-c:a', 'aac', '-ac', '2']

/** Through the whole pipeline; answers the streams without the index. */
const processed = async (key: string, file: string, type = 'MP4') => {
  await installation.put(key, { file })
  const id = await installation.import(key, { type })
  const end = await installation.settled(id)
  const [index, ...renditions] = await installation.streams(id)
  return { id, end, index, renditions }
}

const SOURCES = [
  {
    name: 'rotated by its display matrix',
    size: '180x320',
    make: async () => derive(['-display_rotation', '90', '-i', await clip({ seconds: 2 }), '-c', 'copy'], 'mp4'),
  },
  {
    name: 'without sound',
    size: '320x180',
    make: () => clip({ seconds: 2, args: ['-vf', 'scale=320:180', ...X264, '-an'] }),
  },
  {
    name: 'of an odd size',
    size: '320x180',
    make: () => clip({ seconds: 2, args: ['-vf', 'scale=321:181,setsar=1,format=yuv444p', ...X264, ...AAC] }),
  },
  {
    name: 'of pixels that are not square',
    size: '320x180',
    make: () => clip({ seconds: 2, args: ['-vf', 'scale=160:180,setsar=2', ...X264, ...AAC] }),
  },
  {
    name: 'of 29.97 frames a second',
    size: '320x180',
    make: () => clip({ seconds: 2, args: ['-vf', 'scale=320:180,fps=30000/1001', ...X264, ...AAC] }),
  },
  {
    name: 'in portrait, larger than a rung',
    size: '270x480',
    make: () => clip({ seconds: 1, args: ['-vf', 'crop=ih*9/16:ih,scale=304:540', ...X264, ...AAC] }),
  },
]
test.each(someOf(SOURCES, 2))('a film $name keeps every frame', PATIENT, async ({ name, size, make }) => {
  const file = await make()
  const { end, renditions } = await processed(`${name}.mp4`, file)
  expect(end.transcode_status).toBe('TRANSCODE_SUCCEED')
  expect(end.exec_desc).toBe('asset_exec_desc:Asset is published;transcode_exec_desc:Transcode success;')
  expect(renditions.map(({ meta_data: { width, hight } }) => `${width}x${hight}`)).toEqual([size])
  expect((await decoded(renditions[0]?.url ?? '')).frames).toBe((await decoded(file)).frames)
})

thorough('a film whose times are rounded to milliseconds keeps every frame on each rung', PATIENT, async () => {
  const args = ['-vf', 'scale=854:480,fps=30000/1001', ...X264, ...AAC]
  const file = await clip({ seconds: 2.4, args, extension: 'mkv' })
  const { end, renditions } = await processed('rounded.mkv', file, 'MKV')
  expect(end.exec_desc).toBe('asset_exec_desc:Asset is published;transcode_exec_desc:Transcode success;')
  expect(renditions).toHaveLength(2)
  for (const { url } of renditions) expect((await decoded(url)).frames).toBe((await decoded(file)).frames)
})

test('a film whose picture ends before its sound says so, and the sound goes on', PATIENT, async () => {
  const file = await clip({ seconds: 5, args: ['-vf', 'trim=0:2,scale=320:180', ...X264, ...AAC] })
  const { end, index } = await processed('half.mp4', file)
  expect(end.exec_desc).toContain('Transcode success. The picture ends after 2.0 of 5.0 s;')
  expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo(5, 0)
})

thorough(
  'a broadcast whose sound changes from 2.0 to 5.1 is heard to its end, and no damage is told',
  PATIENT,
  async () => {
    const parts = [2, 6].map((channels, n) => {
      const sound = ['-c:a', 'ac3', '-ac', String(channels), '-output_ts_offset', String(3 * n)]
      return clip({ seconds: 3, args: ['-vf', 'scale=320:180', ...X264, ...sound], extension: 'ts' })
    })
    const file = await derive(['-i', `concat:${(await Promise.all(parts)).join('|')}`, '-c', 'copy'], 'ts')
    const { end, index } = await processed('broadcast.ts', file, 'TS')
    expect(end.exec_desc).toBe('asset_exec_desc:Asset is published;transcode_exec_desc:Transcode success;')
    expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo(6, 0)
  },
)

test('a film with damage inside plays past it, and says so', PATIENT, async () => {
  const bytes = await readFile(await clip({ seconds: 4 }))
  // Behind the header, before the index: frames only.
  for (let at = bytes.length * 0.5; at < bytes.length * 0.55; at++) bytes[Math.floor(at)] = 0xaa
  await installation.put('scratched.mp4', bytes)
  const id = await installation.import('scratched.mp4')
  expect((await installation.settled(id)).exec_desc).toMatch(/Transcode success. Source damaged: [^;/]+;$/)
  const [, rendition] = await installation.streams(id)
  expect((await decoded(rendition?.url ?? '')).seconds).toBeGreaterThan(3)
})

test('an MP4 with nothing but sound becomes a stream of sound', async () => {
  const file = await clip({ seconds: 3, args: ['-vn', ...AAC], extension: 'm4a' })
  const { end, index, renditions } = await processed('sound.mp4', file)
  expect(end.transcode_status).toBe('TRANSCODE_SUCCEED')
  expect(renditions.map(({ quality, meta_data }) => [quality, meta_data['codec']])).toEqual([[undefined, 'AAC']])
  expect((await decoded(index?.url ?? '', 'audio')).seconds).toBeCloseTo(3, 0)
})

test('an MP3 with a picture is not transcoded; the picture is its cover, and it plays as it is', async () => {
  const song = await clip({ seconds: 2, args: ['-vn', '-c:a', 'libmp3lame', '-ac', '2'], extension: 'mp3' })
  const picture = await clip({ seconds: 1, args: ['-frames:v', '1', '-vf', 'scale=300:200'], extension: 'png' })
  const maps = ['-map', '0:a', '-map', '1:v', '-c', 'copy', '-disposition:v', 'attached_pic']
  const { id, end, index } = await processed(
    'song.mp3',
    await derive(['-i', song, '-i', picture, ...maps], 'mp3'),
    'MP3',
  )
  expect([end.asset_status, end.transcode_status, index]).toEqual(['PUBLISHED', 'UN_TRANSCODE', undefined])
  expect(end.exec_desc).toContain('transcode_exec_desc:Audio files are not transcoded;')
  const { body } = await installation.tenant.call('GET', '/asset/details', { query: `asset_id=${id}` })
  const { base_info: base } = Object(body)
  expect((await decoded(base.cover_info_array[0].cover_url)).frames).toBe(1)
  expect((await fetch(base.video_url)).headers.get('content-type')).toBe('audio/mpeg')
  expect((await decoded(base.video_url, 'audio')).seconds).toBeCloseTo(2, 0)
  const state: unknown = await (await fetch(`${installation.server.url}/watch/${id}/state`)).json()
  expect(state).toMatchObject({ state: 'original_only', original: expect.stringMatching(/\.mp3$/) })
})
