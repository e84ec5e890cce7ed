import type { TranscodeSettings, VideoCodec } from '../catalog/transcode-settings.ts'
import { invalidField } from '../shared/problem.ts'

/** What the vendor's page on metadata says of each codec; its other pages have other bounds. */
const SIDES = {
  h264: { width: { least: 32, most: 3840 }, height: { least: 32, most: 2160 } },
  h265: { width: { least: 320, most: 3840 }, height: { least: 240, most: 2160 } },
} as const satisfies Record<VideoCodec, unknown>

const CODEC_NAMES = { h264: 'H264', h265: 'H265' } as const satisfies Record<VideoCodec, string>

/** A side of 0 follows the source. Throws `invalid_field`. */
export const checkSizes = ({ outputs, videoCodec }: Pick<TranscodeSettings, 'outputs' | 'videoCodec'>): void => {
  for (const { video } of outputs) {
    if (!video) continue
    for (const side of ['width', 'height'] as const) {
      const pixels = video[side]
      if (pixels === 0) continue
      const field = `quality_info_list.video.${side}`
      const { least, most } = SIDES[videoCodec][side]
      const bounds = `must be 0, or ${least} to ${most} with ${CODEC_NAMES[videoCodec]}`
      if (pixels < least || pixels > most) throw invalidField(field, bounds)
      if (pixels % 2 !== 0) throw invalidField(field, 'must be even')
    }
  }
}
