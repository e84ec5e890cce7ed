import { afterAll, beforeAll, expect, test } from 'vitest'
import { decoded } from '../journeys/decoded.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'

let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation[Symbol.asyncDispose]())

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast']
const AAC = ['-c:a', 'aac', '-ac', '2']
const SMALL = ['-vf', 'scale=480:270']
const HDR = ['-color_trc', 'smpte2084', '-color_primaries', 'bt2020', '-colorspace', 'bt2020nc']
const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error']

/** `frames`: of the source that a rendition must have; the source's own unless said. */
interface OddSource {
  readonly name: string
  readonly type?: string
  readonly frames?: number
  readonly make: () => Promise<string>
}

const SOURCES: readonly OddSource[] = [
  {
    name: 'with a variable frame rate',
    make: () =>
      clip({
        seconds: 6,
        args: ['-vf', "scale=480:270,select='lt(n,30)+not(mod(n,7))'", '-fps_mode', 'vfr', ...X264, ...AAC],
      }),
  },
  {
    name: 'of 120 frames a second, of which every second one is kept',
    frames: 240,
    make: () => derive(['-f', 'lavfi', '-i', 'testsrc2=s=480x270:r=120:d=4', ...X264], 'mp4'),
  },
  {
    name: 'interlaced',
    type: 'MPG',
    make: () =>
      clip({
        seconds: 3,
        args: [
          '-vf',
          'scale=720:576,tinterlace=4',
          '-c:v',
          'mpeg2video',
          '-flags',
          '+ildct+ilme',
          '-c:a',
          'mp2',
          '-ac',
          '2',
        ],
        extension: 'mpg',
      }),
  },
  {
    name: 'in HDR',
    make: () => clip({ seconds: 2, args: ['-vf', 'scale=480:270,format=yuv420p10le', ...HDR, ...X265, ...AAC] }),
  },
  {
    name: 'of VP9 and Opus',
    type: 'WEBM',
    make: () =>
      clip({
        seconds: 2,
        args: [...SMALL, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-c:a', 'libopus', '-ac', '2'],
        extension: 'webm',
      }),
  },
  {
    name: 'in a transport stream that begins late',
    type: 'TS',
    make: () => clip({ seconds: 3, args: [...SMALL, ...X264, ...AAC, '-output_ts_offset', '3600'], extension: 'ts' }),
  },
  {
    name: 'of 4:2:2 ProRes with PCM',
    type: 'MOV',
    make: () =>
      clip({ seconds: 2, args: [...SMALL, '-c:v', 'prores_ks', '-c:a', 'pcm_s16le', '-ac', '2'], extension: 'mov' }),
  },
  {
    name: 'whose sound begins two seconds late',
    make: async () => {
      const file = await clip({ seconds: 5, args: [...SMALL, ...X264, ...AAC] })
      return derive(['-i', file, '-itsoffset', '2', '-i', file, '-map', '0:v', '-map', '1:a', '-c', 'copy'], 'mp4')
    },
  },
  {
    name: 'whose picture begins two seconds late',
    make: async () => {
      const file = await clip({ seconds: 5, args: [...SMALL, ...X264, ...AAC] })
      return derive(['-i', file, '-itsoffset', '2', '-i', file, '-map', '1:v', '-map', '0:a', '-c', 'copy'], 'mp4')
    },
  },
  {
    name: 'with a gap of two seconds',
    make: () =>
      clip({
        seconds: 6,
        args: ['-vf', "scale=480:270,select='not(between(t,1.9,3.9))'", '-fps_mode', 'vfr', ...X264, ...AAC],
      }),
  },
  {
    name: 'of one frame',
    make: () => clip({ seconds: 1, args: [...SMALL, '-frames:v', '1', ...X264, '-an'] }),
  },
  {
    name: 'of two pixels',
    make: () => derive(['-f', 'lavfi', '-i', 'testsrc2=s=2x2:r=25:d=2', ...X264], 'mp4'),
  },
  {
    name: 'very wide',
    make: () => derive(['-f', 'lavfi', '-i', 'testsrc2=s=3000x64:r=25:d=2', ...X264], 'mp4'),
  },
  {
    name: 'with many tracks',
    type: 'MKV',
    make: () =>
      clip({
        seconds: 2,
        args: ['-map', '0:a', '-map', '0:a', '-map', '0:v', '-map', '0:v', ...SMALL, ...X264, ...AAC],
        extension: 'mkv',
      }),
  },
  {
    name: 'fragmented',
    make: () => clip({ seconds: 3, args: [...SMALL, ...X264, ...AAC, '-movflags', '+frag_keyframe+empty_moov'] }),
  },
]

test.each(SOURCES)('a film $name keeps its frames', async ({ name, type = 'MP4', frames, make }) => {
  const file = await make()
  await installation.put(name, { file })
  const id = await installation.import(name, { type })
  const end = await installation.settled(id)
  expect(end).toMatchObject({
    asset_status: 'PUBLISHED',
    exec_desc: expect.stringMatching(/Transcode success(?!.*damaged)/),
  })
  const expected = frames ?? (await decoded(file)).frames
  const [, ...renditions] = await installation.streams(id)
  expect(renditions.length).toBeGreaterThan(0)
  for (const { url } of renditions) expect((await decoded(url)).frames).toBe(expected)
})
