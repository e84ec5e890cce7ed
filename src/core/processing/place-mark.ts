import type { Mark } from '../catalog/mark.ts'
import { lengthIn } from '../catalog/mark-length.ts'

interface Size {
  readonly width: number
  readonly height: number
}

/** In pixels of one output. */
export interface PlacedMark extends Size {
  readonly x: number
  readonly y: number
}

/**
 * Where a mark lies in an output of this size: never larger than it, never beyond its edge. On even pixels, because 4:2:0 has a
 * colour for every second one.
 */
export const placeMark = ({ picture, placement }: Pick<Mark, 'picture' | 'placement'>, output: Size): PlacedMark => {
  const wanted = wantedSize(picture, placement, output)
  const fit = Math.min(1, output.width / wanted.width, output.height / wanted.height)
  const width = evenWithin(wanted.width * fit, output.width)
  const height = evenWithin(wanted.height * fit, output.height)
  const { corner, dx, dy } = placement
  const isRight = corner === 'top_right' || corner === 'bottom_right'
  const isBottom = corner === 'bottom_left' || corner === 'bottom_right'
  return {
    width,
    height,
    x: offsetOf(lengthIn(dx, output.width), { room: output.width - width, isFar: isRight }),
    y: offsetOf(lengthIn(dy, output.height), { room: output.height - height, isFar: isBottom }),
  }
}

const wantedSize = (picture: Size, placement: Mark['placement'], output: Size): Size => {
  const width = placement.width === undefined ? undefined : lengthIn(placement.width, output.width)
  const height = placement.height === undefined ? undefined : lengthIn(placement.height, output.height)
  const shape = picture.width / picture.height
  if (width !== undefined) return { width, height: height ?? width / shape }
  if (height !== undefined) return { width: height * shape, height }
  return picture
}

const offsetOf = (length: number, { room, isFar }: { readonly room: number; readonly isFar: boolean }): number => {
  const near = Math.min(2 * Math.round(length / 2), room)
  return isFar ? room - near : near
}

const evenWithin = (side: number, most: number): number => Math.max(2, Math.min(2 * Math.round(side / 2), most))
