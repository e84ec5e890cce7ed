import { readFile } from 'node:fs/promises'
import type { Mark, MarkPlacement } from '../../src/core/catalog/mark.ts'
import type { PinnedObject } from '../../src/core/processing/ports.ts'
import { readPicture } from '../../src/core/templates/read-picture.ts'
import { derive } from '../support/media.ts'
import { rawFrames } from './raw-frames.ts'
import type { Encoded, Workbench } from './workbench.ts'

export interface Picture {
  readonly object: PinnedObject
  readonly picture: Mark['picture']
}

/** A picture made by FFmpeg's generators, as a mark has it in the store. */
export const picture = async (bench: Workbench, source: string, format: 'png' | 'jpeg' = 'png'): Promise<Picture> => {
  const file = await derive(
    ['-f', 'lavfi', '-i', source, '-frames:v', '1', '-q:v', '1'],
    format === 'png' ? 'png' : 'jpg',
  )
  const bytes = await readFile(file)
  const found = readPicture(bytes)
  if (typeof found === 'string') throw new Error(found)
  const { endsAt: _, ...shape } = found
  const digest = 'd'.repeat(32)
  const key = `watermark_${Buffer.from(source).toString('hex').slice(0, 40)}_${bytes.length}.${format}`
  return { object: await bench.putBytes(key, bytes), picture: { ...shape, digest } }
}

const USUAL: MarkPlacement = { corner: 'top_right', dx: '0', dy: '0', process: 'transparent' }

export const markOf = ({ picture: shape }: Picture, placement: Partial<MarkPlacement>): Mark => ({
  watermarkId: 'a'.repeat(32),
  picture: shape,
  placement: { ...USUAL, ...placement },
})

export interface Frame {
  readonly width: number
  readonly height: number
  readonly rgb: Buffer
}

/** All frames of a rung as it is shown. */
export const framesOf = (encoded: Encoded, rung: number): Promise<readonly Frame[]> => {
  const { width, height } = encoded.plan.rungs[rung] ?? { width: 0, height: 0 }
  return rawFrames(encoded.videos[rung] ?? Buffer.alloc(0), { width, height })
}

export type Colour = readonly [number, number, number]

export const pixel = ({ width, rgb }: Frame, x: number, y: number): Colour => {
  const at = 3 * (y * width + x)
  return [rgb[at] ?? 0, rgb[at + 1] ?? 0, rgb[at + 2] ?? 0]
}

/** Encoded colours are never exact. */
export const isNear = (one: Colour, other: Colour, tolerance = 32): boolean =>
  one.every((value, n) => Math.abs(value - (other[n] ?? 0)) <= tolerance)

/** The smallest box around all pixels that are not of the ground. */
export const boxAround = ({ width, height, rgb }: Frame, ground: Colour, tolerance = 60) => {
  const box = { left: width, top: height, right: -1, bottom: -1 }
  const [red, green, blue] = ground
  // Not by `pixel` and `isNear`, which make arrays: there are millions of them.
  const isGround = (at: number) =>
    Math.abs((rgb[at] ?? 0) - red) <= tolerance &&
    Math.abs((rgb[at + 1] ?? 0) - green) <= tolerance &&
    Math.abs((rgb[at + 2] ?? 0) - blue) <= tolerance
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (isGround(3 * (y * width + x))) continue
      box.left = Math.min(box.left, x)
      box.right = Math.max(box.right, x)
      box.top = Math.min(box.top, y)
      box.bottom = Math.max(box.bottom, y)
    }
  }
  return box.right < 0
    ? undefined
    : { x: box.left, y: box.top, width: box.right - box.left + 1, height: box.bottom - box.top + 1 }
}
