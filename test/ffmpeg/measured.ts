import { randomUUID } from 'node:crypto'
import { rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ffmpeg } from '../support/ffmpeg.ts'

export interface Packet {
  readonly decodeSeconds: number
  readonly seconds: number
  readonly isKey: boolean
}

/** Times of all packets of an MP4's first stream, on the timeline that its edit list makes. */
export const packetTimes = async (mp4: Buffer): Promise<readonly Packet[]> =>
  withFile(mp4, async (path) => {
    const { stdout } = await ffmpeg('-v', 'error', '-copyts', '-i', path, '-c', 'copy', '-f', 'framecrc', '-')
    const [, ticks = '1', seconds = '1'] = /#tb 0: (\d+)\/(\d+)/.exec(stdout) ?? []
    const tick = Number(ticks) / Number(seconds)
    const lines = stdout.split('\n').filter((line) => /^0,/.test(line))
    return lines.map((line) => {
      const [, decode = '', present = ''] = line.split(',')
      // Flags are printed only where they are not those of a keyframe.
      return { decodeSeconds: Number(decode) * tick, seconds: Number(present) * tick, isKey: !line.includes('F=0x0') }
    })
  })

/** When a white flash is seen and a beep is heard, in seconds on the common timeline of two files. */
export const onsets = async (
  video: Buffer,
  audio: Buffer,
): Promise<{ readonly flash: number; readonly beep: number }> => {
  const pictures = ['-vf', 'showinfo', '-fps_mode', 'passthrough', '-f', 'null', '-']
  const seen = await withFile(video, (path) => ffmpeg('-copyts', '-i', path, ...pictures))
  const levels = 'asetnsamples=n=48:p=0,astats=metadata=1:reset=1,ametadata=print:key=lavfi.astats.Overall.RMS_level'
  const heard = await withFile(audio, (path) => ffmpeg('-copyts', '-i', path, '-af', levels, '-f', 'null', '-'))
  const flash = /pts_time:(\S+)[^\n]*mean:\[(?:1[5-9]\d|2\d\d)/.exec(seen.stderr)?.[1]
  const beep = [...heard.stderr.matchAll(/pts_time:(\S+)[^\n]*\n[^\n]*RMS_level=(-?[\d.]+|-inf)/g)].find(
    ([, , level]) => Number(level) > -30,
  )?.[1]
  if (flash === undefined || beep === undefined) throw new Error('neither flash nor beep was found')
  return { flash: Number(flash), beep: Number(beep) }
}

/** What is heard in each quarter of a second: the pitch of a tone in hertz, 0 for silence. */
export const pitches = async (audio: Buffer): Promise<readonly number[]> => {
  const levels = 'aresample=48000,aformat=channel_layouts=mono,asetnsamples=n=12000:p=0,astats=metadata=1:reset=1'
  const printed = ['RMS_level', 'Zero_crossings_rate'].map((name) => `ametadata=print:key=lavfi.astats.1.${name}`)
  const filters = [levels, ...printed].join(',')
  const { stderr } = await withFile(audio, (path) => ffmpeg('-copyts', '-i', path, '-af', filters, '-f', 'null', '-'))
  const valuesOf = (name: string) =>
    [...stderr.matchAll(new RegExp(`\\.${name}=(\\S+)`, 'g'))].map(([, value]) => value)
  const crossings = valuesOf('Zero_crossings_rate')
  return valuesOf('RMS_level').map((level, n) =>
    level === '-inf' || Number(level) < -50 ? 0 : Math.round((Number(crossings[n]) * 48_000) / 2),
  )
}

const withFile = async <T>(bytes: Buffer, use: (path: string) => Promise<T>): Promise<T> => {
  const path = join(tmpdir(), `telecine-measured-${randomUUID()}.mp4`)
  await writeFile(path, bytes)
  try {
    return await use(path)
  } finally {
    await rm(path)
  }
}
