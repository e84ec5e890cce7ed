import { DomainError } from '../shared/problem.ts'
import { isSegmented, type Rendition } from './rendition.ts'

/** What lies of a project in the service bucket: sources and outputs, without pictures and texts. */
export interface Storage {
  readonly usedBytes: number
  /** Absent: no limit. */
  readonly quotaBytes?: number
}

/**
 * Throws `storage_full` where so much more does not fit. Whose size is not known yet (0) needs some room, too.
 * What exists is never touched: a quota may be below what is used.
 */
export const requireRoom = ({ usedBytes, quotaBytes }: Storage, neededBytes: number): void => {
  if (quotaBytes === undefined || usedBytes + Math.max(neededBytes, 1) <= quotaBytes) return
  throw new DomainError({ kind: 'storage_full', usedBytes, neededBytes, quotaBytes })
}

/** Bytes of an asset's outputs. HLS and DASH of one run with equal bytes are two manifests over the same segments. */
export const outputBytes = (renditions: readonly Rendition[]): number => {
  const once = new Map(renditions.map((one) => [fileSetOf(one), one.sizeBytes]))
  return [...once.values()].reduce((sum, bytes) => sum + bytes, 0)
}

const fileSetOf = ({ format, run, playlist, sizeBytes }: Rendition): string =>
  isSegmented(format) ? `${run} ${sizeBytes}` : `${run}${playlist} ${sizeBytes}`
