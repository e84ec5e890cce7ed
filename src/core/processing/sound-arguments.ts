import type { AudioCodec } from '../catalog/transcode-settings.ts'

/** What the filters of a sound are pinned to: whatever the source changes to, what comes out of them stays as it was. */
export interface SoundForm {
  readonly channels: number
  readonly sampleRate: number
}

/**
 * A source may change its channels or rate on the way; FFmpeg builds the filters anew then, and they forget what was before. So only the
 * decoded sound passes through such filters, in one form and with its times, and `fromDecoded` reads it with filters that never change.
 * Where the parts overlap a little, times would go back, which no file may: they wait, and the filters behind put them right.
 */
export const decodedSound = ({ channels, sampleRate }: SoundForm): readonly string[] => [
  ...['-af', 'atrim=start=0', '-c:a', 'pcm_f32le', '-ac', String(channels), '-ar', String(sampleRate)],
  ...['-bsf:a', 'setts=ts=max(PTS\\,PREV_OUTPTS+1)', '-f', 'nut'],
]

/** The input of the FFmpeg that encodes what `decodedSound` gave. */
export const FROM_DECODED: readonly string[] = ['-copyts', '-f', 'nut', '-i', 'pipe:0']

/** `first_pts=0` and `async=1` fill a late start and gaps with silence, so that the AAC grid of 1,024 samples has no holes. */
export const encodedSound = (codec: AudioCodec, kbps: number, form: SoundForm): readonly string[] => [
  ...['-map', '0:a', '-af', 'aresample=async=1:first_pts=0', ...SOUND_ENCODERS[codec], '-b:a', `${kbps}k`],
  ...['-ac', String(form.channels), '-ar', String(form.sampleRate)],
]

const SOUND_ENCODERS = {
  aac: ['-c:a', 'aac'],
  he_aac_v1: ['-c:a', 'libfdk_aac', '-profile:a', 'aac_he'],
  he_aac_v2: ['-c:a', 'libfdk_aac', '-profile:a', 'aac_he_v2'],
  mp3: ['-c:a', 'libmp3lame'],
} as const satisfies Record<AudioCodec, readonly string[]>
