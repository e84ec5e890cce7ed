import type { MarkPlacement } from '../catalog/mark.ts'
import { isPixels, lengthIn } from '../catalog/mark-length.ts'
import { invalidField } from '../shared/problem.ts'

const MOST_PIXELS = 4096
const FEWEST_PIXELS = 8
/** Ten digits: four decimals of a share count, the rest is dropped. */
const LENGTH = /^\d{1,4}(?:\.\d{1,16})?$/
const SECONDS = /^\d{1,7}(?:\.\d{1,6})?$/

/** Throws `invalid_field` with the vendor's name of the field. */
export const checkPlacement = (placement: MarkPlacement): void => {
  for (const field of ['dx', 'dy'] as const) {
    const reason = `must be a share of the output such as 0.05, at least 0 and below 1, or whole pixels up to ${MOST_PIXELS}`
    if (!isOffset(placement[field])) throw invalidField(field, reason)
  }
  for (const field of ['width', 'height'] as const) {
    const text = placement[field]
    const reason = `must be a share of the output such as 0.12, above 0 and below 1, or ${FEWEST_PIXELS} to ${MOST_PIXELS} whole pixels`
    if (text !== undefined && !isSize(text)) throw invalidField(field, reason)
  }
  const { start, duration } = placement
  if (start !== undefined && !SECONDS.test(start)) throw invalidField('timeline_start', 'must be seconds such as 2.5')
  if (duration === undefined || (SECONDS.test(duration) && Number(duration) > 0)) return
  throw invalidField('timeline_duration', 'must be seconds above 0, such as 2.5')
}

const isOffset = (text: string): boolean => {
  if (!LENGTH.test(text)) return false
  return isPixels(text) ? Number(text) <= MOST_PIXELS : Number(text) < 1
}

const isSize = (text: string): boolean => {
  if (!LENGTH.test(text)) return false
  if (isPixels(text)) return Number(text) >= FEWEST_PIXELS && Number(text) <= MOST_PIXELS
  return lengthIn(text, 1) > 0 && Number(text) < 1
}
