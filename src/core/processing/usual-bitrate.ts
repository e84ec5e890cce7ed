import type { VideoCodec } from '../catalog/transcode-settings.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** The vendor's recommendations (contract/templates.md section 3), largest first. */
const USUAL = [
  { width: 3840, height: 2160, h264: 8000, h265: 5600 },
  { width: 2560, height: 1440, h264: 7000, h265: 4900 },
  { width: 1920, height: 1080, h264: 3000, h265: 2100 },
  { width: 1280, height: 720, h264: 1000, h265: 700 },
  { width: 854, height: 480, h264: 600, h265: 500 },
  { width: 480, height: 270, h264: 300, h265: 200 },
] as const

const SMALLEST = { h264: 300, h265: 200 } as const
const MIN_KBPS = 50

/**
 * What is usual for a picture of this size; below the smallest of the vendor's sizes in proportion to it. A picture is of a size that
 * it reaches with one side, as one in another shape than 16:9 does, unless it is a mere strip: less than half of its area.
 */
export const usualBitrateKbps = (size: Size, codec: VideoCodec): number => {
  const [long, short] = [Math.max(size.width, size.height), Math.min(size.width, size.height)]
  const isMost = (area: number) => 2 * long * short >= area
  const reached = USUAL.find(({ width, height }) => (long >= width || short >= height) && isMost(width * height))
  if (reached) return reached[codec]
  return Math.max(MIN_KBPS, Math.round((SMALLEST[codec] * long * short) / (480 * 270)))
}
