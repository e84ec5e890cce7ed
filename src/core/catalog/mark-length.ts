/** A whole number above 0 counts pixels; anything else is a share. */
export const isPixels = (text: string): boolean => /^\d+$/.test(text) && Number(text) > 0

/** In pixels of a side: of a share four decimals count, the rest is dropped. */
export const lengthIn = (text: string, side: number): number =>
  isPixels(text) ? Number(text) : Number(/^\d+(?:\.\d{0,4})?/.exec(text)?.[0] ?? 0) * side
