import type { AudioFormat } from '../catalog/asset.ts'
import type { SourceAudio } from '../catalog/media.ts'
import { decodedSound, encodedSound, FROM_DECODED, type SoundForm } from './sound-arguments.ts'

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

/** What the process that reads the source does: it writes the file, or, for another one, the sound decoded. */
export const extractionArguments = (plan: ExtractionPlan, target: string): readonly string[] => [
  ...['-map', `0:${plan.audio.stream}`],
  ...(plan.copied ? ['-c:a', 'copy', ...fileArguments(plan)] : decodedSound(formOf(plan.audio))),
  target,
]

/** What the process does that encodes the decoded sound. Gaps become silence, so that it lasts as long as in the film. */
export const extractedSound = (plan: ExtractionPlan, target: string): readonly string[] => [
  ...[...FROM_DECODED, ...encodedSound(plan.format === 'MP3' ? 'mp3' : 'aac', KBPS, formOf(plan.audio))],
  ...[...fileArguments(plan), target],
]

/** Says nothing of when or by what it was made, so that another try writes the same bytes. */
const fileArguments = ({ format }: ExtractionPlan): readonly string[] => [
  ...['-vn', '-sn', '-dn', '-map_metadata', '-1', '-map_chapters', '-1'],
  ...['-fflags', '+bitexact', '-flags:a', '+bitexact', '-f', format === 'MP3' ? 'mp3' : 'adts'],
]

const formOf = ({ channels, sampleRate }: SourceAudio): SoundForm => {
  const family = sampleRate % 11_025 === 0 ? 44_100 : 48_000
  return { channels: Math.min(channels, 2), sampleRate: RATES.includes(sampleRate) ? sampleRate : family }
}
