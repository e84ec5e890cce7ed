import { countSamples } from '../packaging/check-track.ts'
import { joinTables } from '../packaging/sample-table.ts'
import type { EncodedTracks } from './encode-ladder.ts'
import type { EncodePlan } from './encode-plan.ts'
import type { EncodedPart } from './encode-runs.ts'
import type { StoredTrack } from './store-track.ts'

const MOST_COMPLAINTS = 3

/**
 * What one encode of the whole film would have brought. The parts are those of the plan, in its order. Answers a plain sentence where chunks were
 * not made alike; that they follow each other without a gap is for `verifyLadder` to see.
 */
export const joinParts = (plan: EncodePlan, parts: readonly EncodedPart[]): EncodedTracks | string => {
  const pieces = Map.groupBy(
    parts.flatMap(({ tracks }) => [...tracks].map(([name, track]) => ({ name, track }))),
    ({ name }) => name,
  )
  const tracks = new Map<string, StoredTrack>()
  for (const [name, chunks] of pieces) {
    const joined = joinTracks(chunks.map(({ track }) => track))
    if (typeof joined === 'string') return joined
    tracks.set(name, joined)
  }
  const [strictFailure] = parts.flatMap((part) => part.strictFailure ?? [])
  const changes = parts.map(({ report }) => report)
  return {
    tracks,
    plan: { ...plan, ...(strictFailure !== undefined && { tolerant: true, strictFailure }) },
    report: {
      frames: framesOf(plan, tracks),
      complaints: changes.flatMap(({ complaints }) => complaints).slice(0, MOST_COMPLAINTS),
      ...first('changesAtSeconds', changes),
      ...first('soundChangesAtSeconds', changes),
    },
  }
}

const first = <K extends 'changesAtSeconds' | 'soundChangesAtSeconds'>(
  key: K,
  reports: readonly EncodedPart['report'][],
) => {
  const [at] = reports.flatMap((report) => report[key] ?? [])
  return at === undefined ? {} : { [key]: at }
}

/** Each chunk compared its own with what FFmpeg counted. */
const framesOf = ({ rungs }: EncodePlan, tracks: ReadonlyMap<string, StoredTrack>): number => {
  const track = tracks.get(`${rungs.findIndex(({ copied }) => !copied) + 1}`)
  return track ? countSamples(track) : 0
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
