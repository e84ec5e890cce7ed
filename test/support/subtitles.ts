import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { clip, derive } from './media.ts'

/** A cue each second from the first one on, half a second long: `{word} 1` from 1.000 to 1.500. */
export const srt = (word: string, cues: number): string =>
  Array.from(
    { length: cues },
    (_, n) => `${n + 1}\n${srtTime(n + 1)},000 --> ${srtTime(n + 1)},500\n${word} ${n + 1}\n`,
  ).join('\n')

const srtTime = (seconds: number): string => `00:00:${String(seconds).padStart(2, '0')}`

/** One display set of Blu-ray subtitles, with nothing on it: enough to be a track of pictures. */
const PGS = Buffer.concat([Buffer.from('PG'), Buffer.from([0, 1, 0x5f, 0x90, 0, 0, 0, 0, 0x80, 0, 0])])

export interface Track {
  readonly text: string | Buffer
  readonly extension: 'srt' | 'ass' | 'vtt' | 'sup'
  readonly codec?: string
  readonly language?: string
  readonly title?: string
}

export const pictures: Track = { text: PGS, extension: 'sup', codec: 'copy', language: 'ger' }

export interface Subtitled {
  readonly seconds: number
  readonly extension: 'mkv' | 'mp4'
  /** By which the clock of the file begins late. */
  readonly offsetSeconds?: number
  /** Of picture and sound. */
  readonly args?: readonly string[]
}

/** A clip with subtitle tracks. */
export const subtitledClip = async (
  tracks: readonly Track[],
  { seconds, extension, offsetSeconds = 0, args }: Subtitled,
): Promise<string> => {
  const film = await clip({ seconds, ...(args && { args }) })
  // By its content, so that the same tracks give the same clip.
  const folder = join(tmpdir(), `telecine-test-subtitles-${userInfo().uid}`)
  await mkdir(folder, { recursive: true })
  const inputs: string[] = []
  for (const { text, extension: ending } of tracks) {
    const path = join(folder, `${createHash('sha256').update(text).digest('hex').slice(0, 32)}.${ending}`)
    await writeFile(path, text)
    inputs.push('-i', path)
  }
  return derive(
    [
      ...['-i', film, ...inputs, '-map', '0', ...tracks.flatMap((_, n) => ['-map', String(n + 1)]), '-c', 'copy'],
      ...tracks.flatMap(({ codec, language, title }, n) => [
        ...(codec === undefined ? [] : [`-c:s:${n}`, codec]),
        ...(language === undefined ? [] : [`-metadata:s:s:${n}`, `language=${language}`]),
        ...(title === undefined ? [] : [`-metadata:s:s:${n}`, `title=${title}`]),
      ]),
      ...(offsetSeconds === 0 ? [] : ['-output_ts_offset', String(offsetSeconds)]),
    ],
    extension,
  )
}
