import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { someOf } from '../support/cases.ts'
import { clip } from '../support/media.ts'
import { never, Workbench } from './workbench.ts'

/** Every format of a source that an FFmpeg can make, small; `docs/inputs.md` lists the others. */
let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const SECONDS = 1
const SIZE = ['-vf', 'scale=176:144,setsar=1']
const AT_25 = ['-vf', 'scale=176:144,setsar=1,fps=25']
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const X265 = ['-c:v', 'libx265', '-preset', 'ultrafast', '-x265-params', 'log-level=error', '-pix_fmt', 'yuv420p']
const STEREO = ['-ac', '2', '-ar', '44100']

const FILMS = [
  ['MP4', 'mp4', [...SIZE, ...X264, '-c:a', 'aac', ...STEREO], 'h264', 'aac'],
  ['MP4, fragmented', 'mp4', [...SIZE, ...X264, '-an', '-movflags', 'frag_keyframe+empty_moov'], 'h264', undefined],
  ['MP4 of H.265', 'mp4', [...SIZE, ...X265, '-tag:v', 'hvc1', '-c:a', 'ac3', ...STEREO], 'hevc', 'ac3'],
  ['TS of MPEG-2', 'ts', [...AT_25, '-c:v', 'mpeg2video', '-c:a', 'mp2', ...STEREO], 'mpeg2video', 'mp2'],
  ['WMV', 'wmv', [...SIZE, '-c:v', 'wmv2', '-c:a', 'wmav2', ...STEREO], 'wmv2', 'wmav2'],
  ['AVI', 'avi', [...SIZE, '-c:v', 'mpeg4', '-c:a', 'mp3', ...STEREO], 'mpeg4', 'mp3'],
  ['WEBM', 'webm', [...SIZE, '-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-c:a', 'libopus'], 'vp9', 'opus'],
  ['M4V', 'm4v', [...SIZE, '-c:v', 'mpeg4', '-c:a', 'aac', ...STEREO], 'mpeg4', 'aac'],
  ['F4V', 'f4v', [...SIZE, ...X264, '-c:a', 'aac', ...STEREO], 'h264', 'aac'],
  ['3GP', '3gp', [...SIZE, '-c:v', 'h263', '-c:a', 'aac', '-ac', '1', '-ar', '8000'], 'h263', 'aac'],
  [
    'MOV of ProRes',
    'mov',
    [...SIZE, '-c:v', 'prores_ks', '-profile:v', '2', '-c:a', 'pcm_s16le'],
    'prores',
    'pcm_s16le',
  ],
  ['MOV of Motion JPEG', 'mov', [...SIZE, '-c:v', 'mjpeg', '-c:a', 'pcm_s24le'], 'mjpeg', 'pcm_s24le'],
  ['TS of H.264', 'ts', [...SIZE, ...X264, '-c:a', 'eac3', ...STEREO], 'h264', 'eac3'],
  ['MPG', 'mpg', [...AT_25, '-c:v', 'mpeg1video', '-c:a', 'mp2', ...STEREO], 'mpeg1video', 'mp2'],
  ['MXF', 'mxf', [...AT_25, '-c:v', 'mpeg2video', '-c:a', 'pcm_s16le', '-ar', '48000'], 'mpeg2video', 'pcm_s16le'],
  ['FLV', 'flv', [...SIZE, '-c:v', 'flv', '-c:a', 'mp3', ...STEREO], 'flv1', 'mp3'],
  ['ASF', 'asf', [...SIZE, '-c:v', 'wmv1', '-c:a', 'wmav1', ...STEREO], 'wmv1', 'wmav1'],
  ['MKV', 'mkv', [...SIZE, ...X265, '-c:a', 'flac', ...STEREO], 'hevc', 'flac'],
  ['WEBM of AV1', 'webm', [...SIZE, '-c:v', 'libsvtav1', '-preset', '12', '-an'], 'av1', undefined],
  ['RMVB', 'rm', [...SIZE, '-c:v', 'rv20', '-c:a', 'ac3', ...STEREO], 'rv20', 'ac3'],
] as const

describe.each(someOf(FILMS, 7))('a film as %s', (_, extension, args, videoCodec, audioCodec) => {
  test('keeps its frames and its sound', async () => {
    const file = await clip({ seconds: SECONDS, args, extension })
    const { plan, report, videos, audio } = await bench.encode(file)
    expect(plan.media.video).toMatchObject({ codec: videoCodec, width: 176, height: 144 })
    expect(plan.media.audio?.codec).toBe(audioCodec)
    expect(report.complaints).toEqual([])
    const expected = SECONDS * (args.includes('scale=176:144,setsar=1,fps=25') ? 25 : 24)
    expect(report.frames).toBe(expected)
    expect(await bench.tool.decode([videos[0] ?? Buffer.alloc(0)], never)).toBe(expected)
    expect(audio !== undefined).toBe(audioCodec !== undefined)
    if (audio) expect(await secondsOf(audio, plan.sounds[0]?.sampleRate ?? 0)).toBeCloseTo(SECONDS, 0)
  })
})

const SOUNDS = [
  ['MP3', 'mp3', ['-c:a', 'libmp3lame', ...STEREO], /^mp3/],
  ['WAV', 'wav', ['-c:a', 'pcm_s16le', ...STEREO], /^pcm_s16le$/],
  ['AC3', 'ac3', ['-c:a', 'ac3', ...STEREO], /^ac3$/],
  ['OGG', 'ogg', ['-c:a', 'libvorbis', ...STEREO], /^vorbis$/],
  ['WMA', 'wma', ['-c:a', 'wmav2', ...STEREO], /^wmav2$/],
  ['FLAC', 'flac', ['-c:a', 'flac', ...STEREO], /^flac$/],
  ['AAC', 'aac', ['-c:a', 'aac', ...STEREO], /^aac$/],
  ['M4A', 'm4a', ['-c:a', 'aac', ...STEREO], /^aac$/],
  ['WV', 'wv', ['-c:a', 'wavpack', ...STEREO], /^wavpack$/],
  ['MP2', 'mp2', ['-c:a', 'mp2', ...STEREO], /^mp2/],
  ['AMR', 'amr', ['-c:a', 'libopencore_amrnb', '-ac', '1', '-ar', '8000'], /^amr/],
  ['MMF', 'mmf', ['-c:a', 'adpcm_yamaha', '-ac', '1', '-ar', '8000'], /^adpcm_yamaha$/],
] as const

describe.each(someOf(SOUNDS, 3))('sound as %s', (_, extension, args, codec) => {
  test('keeps its length', async () => {
    const { plan, audio } = await bench.encode(await clip({ seconds: SECONDS, args: ['-vn', ...args], extension }))
    expect(plan.media.video).toBeUndefined()
    expect(plan.media.audio?.codec).toMatch(codec)
    expect(await secondsOf(audio ?? Buffer.alloc(0), plan.sounds[0]?.sampleRate ?? 0)).toBeCloseTo(SECONDS, 0)
  })
})

/** Priming included: some hundredths of a second. */
const secondsOf = async (audio: Buffer, sampleRate: number): Promise<number> =>
  (await bench.tool.decode([audio], never)) / sampleRate
