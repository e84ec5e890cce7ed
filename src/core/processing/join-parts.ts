import { joinTables } from '../packaging/sample-table.ts'
import type { EncodedTracks } from './encode-ladder.ts'
import type { EncodePart } from './encode-plan.ts'
import type { EncodedPart, EncodeRun } from './encode-runs.ts'
import type { EncodeReport } from './ports.ts'
import type { StoredTrack } from './store-track.ts'

const MOST_COMPLAINTS = 3

/**
 * What one encode of the whole film would have brought. `encoded` is what each part of the run became, in its order. Answers a plain sentence where chunks were
 * not made alike; that they follow each other without a gap is for `verifyLadder` to see.
 */
export const joinParts = (
  { plan, parts }: Pick<EncodeRun, 'plan' | 'parts'>,
  encoded: readonly EncodedPart[],
): EncodedTracks | string => {
  const pieces = Map.groupBy(
    encoded.flatMap(({ tracks }) => [...tracks].map(([name, track]) => ({ name, track }))),
    ({ name }) => name,
  )
  const tracks = new Map<string, StoredTrack>()
  for (const [name, chunks] of pieces) {
    const joined = joinTracks(chunks.map(({ track }) => track))
    if (typeof joined === 'string') return joined
    tracks.set(name, joined)
  }
  const [strictFailure] = encoded.flatMap((part) => part.strictFailure ?? [])
  const reports = encoded.map(({ report }) => report)
  return {
    tracks,
    plan: { ...plan, ...(strictFailure !== undefined && { tolerant: true, strictFailure }) },
    report: {
      // Not counted in the tracks, which are compared with it.
      frames: reports.reduce((sum, report, n) => sum + framesOfPart(parts[n], report), 0),
      complaints: reports.flatMap(({ complaints }) => complaints).slice(0, MOST_COMPLAINTS),
      ...first('changesAtSeconds', reports),
      ...first('soundChangesAtSeconds', reports),
    },
  }
}

const first = <K extends 'changesAtSeconds' | 'soundChangesAtSeconds'>(key: K, reports: readonly EncodeReport[]) => {
  const [at] = reports.flatMap((report) => report[key] ?? [])
  return at === undefined ? {} : { [key]: at }
}

/** What FFmpeg counted and stays: the first frame of the next chunk was cut off again. */
export const framesOfPart = (part: EncodePart | undefined, { frames }: Pick<EncodeReport, 'frames'>): number => {
  if (part?.type === 'rest') return 0
  return frames - (part?.endSeconds === undefined ? 0 : 1)
}

const joinTracks = (chunks: readonly StoredTrack[]): StoredTrack | string => {
  const [first] = chunks
  if (!first) throw new Error('a track has a piece at least')
  if (chunks.length === 1) return first
  if (chunks.some(({ init }) => Buffer.compare(init.bytes, first.init.bytes) !== 0)) {
    return `The chunks of ${first.name} have different headers.`
  }
  const tables = chunks.flatMap(({ table }) => table ?? [])
  return {
    ...first,
    segments: chunks.flatMap(({ segments }) => segments),
    independent: chunks.every(({ independent }) => independent),
    showsAll: chunks.every(({ showsAll }) => showsAll),
    ends: [],
    ...(tables.length > 0 && { table: joinTables(tables) }),
  }
}
