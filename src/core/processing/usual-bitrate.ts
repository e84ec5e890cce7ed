interface Size {
  readonly width: number
  readonly height: number
}

/** The vendor's recommendations for H.264 (contract/templates.md section 3), largest first. */
const USUAL = [
  { width: 3840, height: 2160, kbps: 8000 },
  { width: 2560, height: 1440, kbps: 7000 },
  { width: 1920, height: 1080, kbps: 3000 },
  { width: 1280, height: 720, kbps: 1000 },
  { width: 854, height: 480, kbps: 600 },
  { width: 480, height: 270, kbps: 300 },
] as const

const MIN_KBPS = 50

/** What is usual for a picture of this size; below the smallest of the vendor's sizes in proportion to it. */
export const usualBitrateKbps = (size: Size): number => {
  const [long, short] = [Math.max(size.width, size.height), Math.min(size.width, size.height)]
  const reached = USUAL.find(({ width, height }) => long >= width || short >= height)
  if (reached) return reached.kbps
  return Math.max(MIN_KBPS, Math.round((300 * long * short) / (480 * 270)))
}
