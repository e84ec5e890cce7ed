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

/** `system_template_group`, as the vendor documents it. */
export const SYSTEM_SETTINGS: TranscodeSettings = {
  outputs: SIZES.map((video) => ({ format: 'HLS', video, audio: { sampleRate: 0, channels: 2, bitrateKbps: 0 } })),
  segmentSeconds: 5,
  videoCodec: 'h264',
  audioCodec: 'aac',
}
