import type { AssetId } from '../shared/ids.ts'
import type { StoredTracks } from './encode-ladder.ts'
import type { EncodePart, EncodePlan } from './encode-plan.ts'
import type { EncodeReport } from './ports.ts'

/** A film that is encoded in parts, from the plan until they are joined. The plan is made once, so that all parts are of one. */
export interface EncodeRun {
  /** After which the objects are named, 32 hex digits. Every try of a part writes the same ones. */
  readonly run: string
  readonly plan: EncodePlan
  readonly parts: readonly EncodePart[]
}

/** What one part brought; its segments are in the store, and its ends were decoded. */
export interface EncodedPart {
  readonly tracks: StoredTracks
  readonly report: EncodeReport
  /** How the strict encode ended, where a tolerant one took its place. */
  readonly strictFailure?: string
}

export interface EncodeRunReader {
  /** `whole`: it is to be encoded in one piece, because its parts did not fit together. */
  encodeRun(id: AssetId): Promise<EncodeRun | 'whole' | undefined>
  /** All that are there, in the order of the run's parts. */
  encodedParts(id: AssetId): Promise<readonly EncodedPart[]>
}

/** All of it is forgotten when the transcode ends, however it does. */
export interface EncodeRunTx {
  /** In place of what was there. */
  openRun(id: AssetId, run: EncodeRun): Promise<void>
  keepPart(id: AssetId, idx: number, part: EncodedPart): Promise<void>
  giveUpParts(id: AssetId): Promise<void>
}
