import type { AudioFormat } from '../catalog/asset.ts'
import type { SourceAudio } from '../catalog/media.ts'

/** How the sound of a source becomes a file of its own. */
export interface ExtractionPlan {
  readonly audio: SourceAudio
  readonly durationMs: number
  readonly format: AudioFormat
  /** The packets as they are; otherwise they are decoded and encoded. */
  readonly copied: boolean
}

/** FFmpeg's names of codecs that the file takes as they are; of AAC not those in another framing (`aac_latm`). */
const FITTING: Readonly<Record<AudioFormat, readonly string[]>> = { MP3: ['mp3', 'mp3float'], AAC: ['aac'] }

export const fits = ({ codec }: SourceAudio, format: AudioFormat): boolean => FITTING[format].includes(codec)

/** MP3 knows no others. */
const RATES = [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000]
const KBPS = 128

/** Everything behind the input. Says nothing of when or by what it was made, so that another try writes the same bytes. */
export const extractionArguments = ({ audio, format, copied }: ExtractionPlan, target: string): readonly string[] => [
  ...['-map', `0:${audio.stream}`, '-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
  ...(copied ? ['-c:a', 'copy'] : encoding(audio, format)),
  ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', format === 'MP3' ? 'mp3' : 'adts', target],
]

const encoding = ({ channels, sampleRate }: SourceAudio, format: AudioFormat): readonly string[] => {
  const family = sampleRate % 11_025 === 0 ? 44_100 : 48_000
  return [
    // Gaps become silence, so that it lasts as long as in the film.
    ...['-af', 'aresample=async=1:first_pts=0', '-c:a', format === 'MP3' ? 'libmp3lame' : 'aac', '-b:a', `${KBPS}k`],
    ...['-ac', String(Math.min(channels, 2)), '-ar', String(RATES.includes(sampleRate) ? sampleRate : family)],
  ]
}
