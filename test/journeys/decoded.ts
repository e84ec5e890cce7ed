import { ffmpeg } from '../support/ffmpeg.ts'

export interface Decoded {
  readonly frames: number
  readonly seconds: number
}

/** Decodes one kind of stream of a file or URL to its end; fails on any complaint of FFmpeg's. */
export const decoded = async (source: string, kind: 'video' | 'audio' = 'video'): Promise<Decoded> => {
  const map =
    kind === 'video' ? ['-map', '0:v:0', '-fps_mode', 'passthrough', '-enc_time_base', '-1'] : ['-map', '0:a:0']
  const { stdout, stderr } = await ffmpeg(
    ...['-v', 'error', '-xerror', '-i', source, ...map, '-f', 'null', '-progress', 'pipe:1', '-'],
  )
  if (stderr.trim() !== '') throw new Error(`FFmpeg complains of ${source}: ${stderr}`)
  return { frames: lastNumber(stdout, 'frame'), seconds: lastNumber(stdout, 'out_time_us') / 1e6 }
}

const lastNumber = (report: string, name: string): number =>
  Number([...report.matchAll(new RegExp(`^${name}=(\\d+)`, 'gm'))].at(-1)?.[1] ?? 0)
