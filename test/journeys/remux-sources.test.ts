import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { someOf, thorough } from '../support/cases.ts'
import { ffmpeg } from '../support/ffmpeg.ts'
import { BUCKET, type Import, type Installation, startInstallation } from '../support/installation.ts'
import { clip, derive } from '../support/media.ts'
import { PATIENT } from '../support/until.ts'

/** Sources whose own packets are not what a viewer would take them for. */
let installation: Installation
beforeAll(async () => {
  installation = await startInstallation()
})
afterAll(() => installation[Symbol.asyncDispose]())

const X264 = ['-pix_fmt', 'yuv420p', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '24', '-c:a', 'aac', '-ac', '2']
const small = ['-vf', 'scale=320:180,setsar=1', ...X264]

const remuxed = async (key: string, more: Import = {}) => {
  const id = await installation.import(key, { templateGroup: 'original_template_group', ...more })
  const { transcode_status, exec_desc } = await installation.settled(id)
  return { id, status: transcode_status, note: exec_desc, streams: await installation.streams(id) }
}

describe('a picture that changes its parameters on the way', () => {
  /** Two seconds of the one, then two of the other, behind one another as broadcasts are. */
  const broadcast = async (args: readonly string[]): Promise<string> => {
    const [one, other] = await Promise.all([
      clip({ seconds: 2, args: small, extension: 'ts' }),
      clip({ seconds: 2, args: [...args, '-output_ts_offset', '2'], extension: 'ts' }),
    ])
    return `concat:${one}|${other}`
  }
  const larger = ['-vf', 'scale=480:270,setsar=1', ...X264]
  const cropped = [...small, '-bsf:v', 'h264_metadata=crop_bottom=16']
  const otherwise = [...small, '-preset', 'medium', '-profile:v', 'high']
  const named = /changes the parameters of its picture at (?:2\.\d|1\.9) s; choose a group that transcodes/

  const changes: readonly [string, readonly string[]][] = [
    ['size', larger],
    ['profile', otherwise],
    ['frame, behind which all decodes', cropped],
  ]
  test.each(someOf(changes))('is no remux of FLV, whose headers tell another %s', PATIENT, async (what, args) => {
    const copy = ['-c', 'copy', '-bsf:v', 'extract_extradata=remove=1', '-bsf:a', 'aac_adtstoasc']
    const key = `${what.slice(0, 5)}.flv`
    await installation.put(key, { file: await derive(['-i', await broadcast(args), ...copy], 'flv') })
    const { status, note, streams } = await remuxed(key, { type: 'FLV' })
    expect([status, note, streams]).toEqual(['TRANSCODE_FAILED', expect.stringMatching(named), []])
  })

  test('is told from a header that an FLV only repeats', PATIENT, async () => {
    const flv = await readFile(await clip({ seconds: 3, args: small, extension: 'flv' }))
    const videos = [...flvTags(flv)].filter(({ type }) => type === 9)
    const [header, middle] = [videos[0], videos[Math.floor(videos.length / 2)]]
    if (!header || !middle) throw new Error('the clip has pictures')
    const again = Buffer.from(flv.subarray(header.start, header.end))
    flv.copy(again, 4, middle.start + 4, middle.start + 8)
    await installation.put(
      'again.flv',
      Buffer.concat([flv.subarray(0, middle.start), again, flv.subarray(middle.start)]),
    )
    expect((await remuxed('again.flv', { type: 'FLV' })).status).toBe('TRANSCODE_SUCCEED')
  })

  test('is no remux of HLS, whose segments tell it themselves', PATIENT, async () => {
    const at = join(installation.dataDir, 'buckets', BUCKET, 'changing')
    await mkdir(at, { recursive: true })
    const hls = ['-c', 'copy', '-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', join(at, 'all.m3u8')]
    await ffmpeg('-v', 'error', '-i', await broadcast(larger), ...hls)
    const { status, note } = await remuxed('changing/all.m3u8', {
      ...{ type: 'HLS', output: { bucket: BUCKET, path: 'changing' } },
    })
    expect([status, note]).toEqual(['TRANSCODE_FAILED', expect.stringMatching(named)])
  })
})

describe('sound that changes on the way', () => {
  const STEREO = ['-c:a', 'aac', '-ac', '2', '-ar', '48000']
  const partOf = (sound: readonly string[], extension: string, more: readonly string[] = []): Promise<string> =>
    clip({ seconds: 3, args: [...small, ...sound, ...more], extension })
  const named = /changes the parameters of its sound at (?:3\.\d|2\.9) s; choose a group that transcodes/
  const CHANGES = [
    ['rate', STEREO, ['-c:a', 'aac', '-ac', '2', '-ar', '44100']],
    ['channels', STEREO, ['-c:a', 'aac', '-ac', '1', '-ar', '22050']],
    ['rate as MP3', ['-c:a', 'libmp3lame', '-ar', '44100'], ['-c:a', 'libmp3lame', '-ac', '2', '-ar', '22050']],
  ] as const

  /** The tags of one FLV behind those of another, which tell its headers anew. */
  const joinedFlv = async (one: readonly string[], other: readonly string[]): Promise<Buffer> => {
    const parts = await Promise.all([one, other].map(async (sound) => readFile(await partOf(sound, 'flv'))))
    const [first = Buffer.alloc(0), second = Buffer.alloc(0)] = parts
    const later = [...flvTags(second)].flatMap(({ type, start, end }) => {
      const tag = Buffer.from(second.subarray(start, end))
      tag.writeUIntBE(tag.readUIntBE(4, 3) + 3100, 4, 3)
      return type === 18 ? [] : [tag]
    })
    return Buffer.concat([first, ...later])
  }

  test.each(someOf(CHANGES))('is no remux of FLV: its %s', PATIENT, async (what, one, other) => {
    const key = `sound ${what}.flv`
    await installation.put(key, await joinedFlv(one, other))
    const { status, note, streams } = await remuxed(key, { type: 'FLV' })
    expect([status, note, streams]).toEqual(['TRANSCODE_FAILED', expect.stringMatching(named), []])
  })

  thorough('is told from sound that goes on as it was', PATIENT, async () => {
    await installation.put('sound again.flv', await joinedFlv(STEREO, STEREO))
    expect(await remuxed('sound again.flv', { type: 'FLV' })).toMatchObject({ status: 'TRANSCODE_SUCCEED' })
  })

  test.each(someOf([...CHANGES, ['nothing', STEREO, STEREO]] as const))(
    'is no remux of HLS, whose packets tell it themselves: its %s',
    PATIENT,
    async (what, one, other) => {
      const folder = `sound-${what.replaceAll(' ', '-')}`
      const at = join(installation.dataDir, 'buckets', BUCKET, folder)
      await mkdir(at, { recursive: true })
      const parts = [partOf(one, 'ts'), partOf(other, 'ts', ['-output_ts_offset', '3.1'])]
      const hls = ['-c', 'copy', '-f', 'hls', '-hls_time', '1', '-hls_playlist_type', 'vod', join(at, 'all.m3u8')]
      await ffmpeg('-v', 'error', '-i', `concat:${(await Promise.all(parts)).join('|')}`, ...hls)
      const output = { bucket: BUCKET, path: folder }
      const { status, note } = await remuxed(`${folder}/all.m3u8`, { type: 'HLS', output })
      const expected = what === 'nothing' ? ['TRANSCODE_SUCCEED', /success/] : ['TRANSCODE_FAILED', named]
      expect([status, note]).toEqual([expected[0], expect.stringMatching(expected[1] ?? '')])
    },
  )
})

const SHAPES = [
  ['turned', ['-display_rotation', '90'], [180, 320], /turned by its header alone, which some players/],
  ['of pixels that are not square', [], [427, 180], /Transcode success;/],
] as const
test.each(someOf(SHAPES))(
  'a film that is %s is announced in the size in which it is shown',
  PATIENT,
  async (what, input, size, told) => {
    const shape = what === 'turned' ? small : ['-vf', 'scale=320:180,setsar=4/3', ...X264]
    const file = await derive([...input, '-i', await clip({ seconds: 2, args: shape }), '-c', 'copy'], 'mp4')
    await installation.put(`${what}.mp4`, { file })
    const { status, note, streams } = await remuxed(`${what}.mp4`)
    expect([status, note]).toEqual(['TRANSCODE_SUCCEED', expect.stringMatching(told)])
    const [index, { meta_data } = { meta_data: {} }] = streams
    const [width, height] = size
    expect(meta_data).toMatchObject({ width, height, hight: height })
    expect(await (await fetch(index?.url ?? '')).text()).toContain(`RESOLUTION=${width}x${height}`)
    // To square pixels, as on a screen; FFmpeg turns by itself.
    const shown = ['-vf', 'scale=round(iw*sar):ih', '-frames:v', '1', '-f', 'framehash', '-']
    const { stdout } = await ffmpeg('-v', 'error', '-i', index?.url ?? '', '-map', '0:v', ...shown)
    expect(stdout).toContain(`#dimensions 0: ${width}x${height}`)
  },
)

const PIXELS: readonly [string, string][] = [
  ['yuv422p10le', '10 bit 4:2:2'],
  ['yuv420p10le', '10 bit'],
  ['yuv422p', '4:2:2'],
  ['yuv444p', '4:4:4'],
]
test.each(someOf(PIXELS))(
  'H.264 of %s is passed on, and the asset says that most players do not play it',
  PATIENT,
  async (pixels, kind) => {
    await installation.put(`${pixels}.mp4`, { file: await clip({ seconds: 1, args: [...small, '-pix_fmt', pixels] }) })
    const { status, note, streams } = await remuxed(`${pixels}.mp4`)
    expect([status, streams.length]).toEqual(['TRANSCODE_SUCCEED', 2])
    expect(note).toContain(`Most players do not play ${kind} H.264`)
  },
)

/** Each with the length that stands behind it; bytes 4 to 7 are its time. */
function* flvTags(flv: Buffer): Generator<{ readonly type: number; readonly start: number; readonly end: number }> {
  for (let start = 13; start < flv.length; ) {
    const end = start + 11 + flv.readUIntBE(start + 1, 3) + 4
    yield { type: flv.readUInt8(start), start, end }
    start = end
  }
}
