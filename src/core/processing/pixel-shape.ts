interface Size {
  readonly width: number
  readonly height: number
}

/**
 * Lower rungs get the exact shape of the first by a sample aspect ratio next to 1: 854x480 is not quite 16:9, and DASH
 * players want one aspect in all representations of a set.
 */
export const pixelShape = (rung: Size, top: Size): { readonly across: number; readonly down: number } => {
  const [across, down] = [top.width * rung.height, top.height * rung.width]
  const divisor = greatestCommonDivisor(across, down)
  return { across: across / divisor, down: down / divisor }
}

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b))
