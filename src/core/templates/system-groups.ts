import type { TranscodeSettings, VideoSettings } from '../catalog/transcode-settings.ts'

/** The template groups that every project has. `type` equals the name on the wire. */
export const SYSTEM_GROUPS = [
  'non_transcoding_template_group',
  'system_template_group',
  'original_template_group',
  'adaptive_template_group',
] as const
export type SystemGroup = (typeof SYSTEM_GROUPS)[number]

export const isSystemGroup = (name: string): name is SystemGroup => (SYSTEM_GROUPS as readonly string[]).includes(name)

const USUAL = { bitrateKbps: 0, frameRate: 0 } as const
const SIZES: readonly VideoSettings[] = [
  { quality: 'FULL_HD', width: 1920, height: 1080, ...USUAL },
  { quality: 'HD', width: 1280, height: 720, ...USUAL },
  { quality: 'SD', width: 854, height: 480, ...USUAL },
  { quality: 'FLUENT', width: 480, height: 270, ...USUAL },
]

const ladderOf = (sizes: readonly VideoSettings[]): TranscodeSettings => ({
  outputs: sizes.map((video) => ({ format: 'HLS', video, audio: { sampleRate: 0, channels: 2, bitrateKbps: 0 } })),
  segmentSeconds: 5,
  videoCodec: 'h264',
  audioCodec: 'aac',
})

/** `original_template_group`: which of them a source gets, its container decides (`planRemux`). */
export const ORIGINAL_SETTINGS: TranscodeSettings = {
  outputs: [{ format: 'HLS' }, { format: 'MP4' }],
  remux: true,
  segmentSeconds: 5,
  videoCodec: 'h264',
  audioCodec: 'aac',
}

/** `system_template_group`, as the vendor documents it. */
export const SYSTEM_SETTINGS = ladderOf(SIZES)

/**
 * `adaptive_template_group`: the same ladder below one of the source's own size. That comes last, so that where it is a size with a
 * name the name stays.
 */
export const ADAPTIVE_SETTINGS = ladderOf([...SIZES, { quality: 'AD', width: 0, height: 0, ...USUAL }])
