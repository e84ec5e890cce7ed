import type { PictureReport } from '../catalog/review.ts'
import type { Picture } from './ports.ts'

type Look = (pictures: readonly Picture[], signal: AbortSignal) => Promise<readonly PictureReport[]>

/**
 * Looks once at pictures that are the same byte for byte and follow each other: a keyframe stands for every interval until the next
 * one, and most encoders' are 10 s apart.
 */
export const onceEach = (look: Look): Look => {
  let last: { readonly jpeg: Uint8Array; readonly report: PictureReport } | undefined
  return async (pictures, signal) => {
    const fresh = pictures.filter(({ jpeg }, n) => !isSame(jpeg, n === 0 ? last?.jpeg : pictures[n - 1]?.jpeg))
    const reports = new Map((await look(fresh, signal)).map((report, n) => [fresh[n], report]))
    return pictures.map((picture) => {
      const report = reports.get(picture) ?? last?.report
      if (!report) throw new Error('the first picture is the same as no other')
      last = { jpeg: picture.jpeg, report }
      return { ...report, offset: picture.offset }
    })
  }
}

const isSame = (one: Uint8Array, other: Uint8Array | undefined): boolean =>
  other !== undefined && one.length === other.length && one.every((byte, n) => byte === other[n])
