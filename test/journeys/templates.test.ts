import { afterAll, beforeAll, expect, test } from 'vitest'
import { thorough } from '../support/cases.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { decoded } from './decoded.ts'

const PATH = '/asset/template_group/transcodings'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
  const args = ['-vf', 'scale=854:480,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-c:a', 'aac', '-ac', '2']
  await installation.put('film.mp4', { file: await clip({ seconds: 3, args }) })
})
afterAll(() => installation[Symbol.asyncDispose]())

const video = (quality: string, [width, height]: readonly [number, number], more: object = {}) => ({
  quality,
  width,
  height,
  ...more,
})
const audio = { sample_rate: 4, channels: 1, bitrate: 64 }

const createGroup = async (name: string, videos: readonly object[], more: object = {}): Promise<string> => {
  const quality_info_list = videos.map((one) => ({ format: 'HLS', video: one, audio }))
  const common = { pvc: '0', hls_interval: 2 }
  const body = { name, type: 'custom_template_group', quality_info_list, common, ...more }
  const answer = await installation.tenant.call('POST', PATH, { body })
  expect(answer.status).toBe(200)
  return String(Object(answer.body).group_id)
}

/** "" counts as not set. */
const made = async (templateGroup = '') => {
  const id = await installation.import('film.mp4', { templateGroup })
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  const [index, ...renditions] = await installation.streams(id)
  return { index: index?.url ?? '', renditions }
}
const sizes = (
  renditions: readonly { readonly quality?: string; readonly meta_data: Readonly<Record<string, unknown>> }[],
) => renditions.map(({ quality, meta_data: { width, height } }) => `${quality} ${width}x${height}`)

test('an asset gets the outputs of its group: sizes, frame rate, sound and segments', async () => {
  await createGroup('slow', [
    video('FLUENT', [0, 180], { frame_rate: 12 }),
    video('SD', [640, 0], { frame_rate: 12, bitrate: 500 }),
  ])
  const { index, renditions } = await made('slow')
  expect(sizes(renditions)).toEqual(['SD 640x360', 'FLUENT 320x180'])
  for (const { url } of renditions) expect((await decoded(url)).frames).toBe(36)
  expect(renditions.map(({ meta_data }) => meta_data['frame_rate'])).toEqual([12, 12])
  const text = await (await fetch(index)).text()
  expect(text).toContain('CHANNELS="1"')
  const media = await (await fetch(renditions[0]?.url ?? '')).text()
  expect(media.match(/#EXTINF:[\d.]+/g)).toEqual(['#EXTINF:2.000000', '#EXTINF:1.000000'])
})

test('no output is larger than the source, and when all are, one has its size', async () => {
  await createGroup('large', [video('4K', [3840, 2160]), video('HD', [1280, 720])])
  expect(sizes((await made('large')).renditions)).toEqual(['HD 854x480'])
  await createGroup('mixed', [video('FULL_HD', [1920, 1080]), video('FLUENT', [480, 270])])
  expect(sizes((await made('mixed')).renditions)).toEqual(['FLUENT 480x270'])
})

test('width and height 0 are the size of the source', async () => {
  await createGroup('same', [video('UNKNOW', [0, 0])])
  expect(sizes((await made('same')).renditions)).toEqual(['UNKNOW 854x480'])
})

test('the default group is for assets that name none; what was made with a group outlives it', async () => {
  const group = await createGroup('usual', [video('FLUENT', [480, 270])], { status: '1' })
  const { index, renditions } = await made()
  expect(sizes(renditions)).toEqual(['FLUENT 480x270'])
  expect((await installation.tenant.call('DELETE', PATH, { query: `group_id=${group}` })).status).toBe(204)
  expect((await fetch(index)).status).toBe(200)
  const later = await installation.import('film.mp4', { templateGroup: '' })
  expect((await installation.settled(later)).transcode_status).toBe('UN_TRANSCODE')
})

test('a group that changes between the call and the encode changes nothing for the asset', async () => {
  const group = await createGroup('changing', [video('FLUENT', [480, 270])])
  const id = await installation.import('film.mp4', { templateGroup: 'changing' })
  const body = {
    group_id: group,
    name: 'changing',
    quality_info_list: [{ format: 'HLS', video: video('FLUENT', [320, 0]) }],
  }
  expect((await installation.tenant.call('PUT', PATH, { body })).status).toBe(204)
  await installation.settled(id)
  const [, ...renditions] = await installation.streams(id)
  expect(sizes(renditions)).toEqual(['FLUENT 480x270'])
})

test('the adaptive group keeps the size of the source', async () => {
  expect(sizes((await made('adaptive_template_group')).renditions)).toEqual(['SD 854x480', 'FLUENT 480x270'])
  await installation.put('odd.mp4', {
    file: await clip({
      seconds: 1,
      args: ['-vf', 'scale=600:400,setsar=1', '-c:v', 'libx264', '-preset', 'ultrafast', '-an'],
    }),
  })
  const id = await installation.import('odd.mp4', { templateGroup: 'adaptive_template_group' })
  await installation.settled(id)
  expect(sizes((await installation.streams(id)).slice(1))).toEqual(['AD 600x400', 'FLUENT 406x270'])
})

test('with pvc an output has as few bits as look the same', async () => {
  await createGroup('plain', [video('FLUENT', [480, 270])])
  await createGroup('by_content', [video('FLUENT', [480, 270])], { common: { pvc: '1', hls_interval: 2 } })
  const bits = async (group: string) => Number((await made(group)).renditions[0]?.meta_data['bit_rate'])
  const [plain, byContent] = [await bits('plain'), await bits('by_content')]
  expect(byContent).toBeGreaterThan(0)
  expect(byContent).toBeLessThan(plain)
})

thorough.each(['H264', 'H265'])(
  'with pvc no output of %s has more bits than its own rate, although the encoder exceeds it where hard pictures come last',
  async (video_codec) => {
    const noise = 'color=gray:s=428x240:r=25,noise=alls=60:allf=t'
    const file = await derive(
      [
        ...['-f', 'lavfi', '-t', '12', '-i', 'testsrc=s=428x240:r=25', '-f', 'lavfi', '-t', '6', '-i', noise],
        ...[
          '-filter_complex',
          '[0:v][1:v]concat=n=2:v=1',
          '-c:v',
          'libx264',
          '-preset',
          'ultrafast',
          '-pix_fmt',
          'yuv420p',
        ],
      ],
      'mp4',
    )
    await installation.put('noise-last.mp4', { file })
    const bits = async (pvc: string) => {
      const name = `noise_last_${video_codec}_${pvc}`
      await createGroup(name, [video('FLUENT', [428, 240], { bitrate: 300 })], {
        common: { pvc, video_codec, hls_interval: 2 },
      })
      const id = await installation.import('noise-last.mp4', { templateGroup: name })
      await installation.settled(id)
      return Number((await installation.streams(id))[1]?.meta_data['bit_rate'])
    }
    expect(await bits('0')).toBeGreaterThan(300)
    expect(await bits('1')).toBeLessThanOrEqual(300)
  },
)
