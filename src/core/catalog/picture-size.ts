export interface PictureSize {
  readonly width: number
  readonly height: number
}

/** A picture made small enough for a screen that may be turned, and never larger; on even sides, which encoders need. */
export const fittedSize = (
  { width, height }: PictureSize,
  screen: { readonly long: number; readonly short: number },
): PictureSize => {
  const scale = Math.min(1, screen.long / Math.max(width, height), screen.short / Math.min(width, height))
  return { width: evenSide(width * scale), height: evenSide(height * scale) }
}

const evenSide = (side: number): number => Math.max(2, 2 * Math.floor(side / 2))
