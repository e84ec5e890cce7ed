import { type Runs, runsOf } from '../packaging/runs.ts'
import type { SampleTable } from '../packaging/sample-table.ts'
import type { EncodedPart } from './encode-runs.ts'
import type { StoredTrack } from './store-track.ts'

type TrackRecord = Omit<StoredTrack, 'ends' | 'init' | 'table'> & {
  readonly init: Omit<StoredTrack['init'], 'bytes'> & { readonly bytes: string }
  readonly table?: TableRecord
}

/** Where work that an earlier version began goes on, columns are lists. */
type TableRecord = Omit<SampleTable, 'durations' | 'compositionOffsets'> &
  Record<'durations' | 'compositionOffsets', Runs | readonly number[]>

/** A part as JSON. Its ends are left out: they were decoded already, and are megabytes. */
export interface PartRecord extends Omit<EncodedPart, 'tracks'> {
  readonly tracks: readonly (readonly [string, TrackRecord])[]
}

export const toPartRecord = ({ tracks, ...part }: EncodedPart): PartRecord => ({
  ...part,
  tracks: [...tracks].map(([name, { ends: _, ...track }]) => [
    name,
    { ...track, init: { ...track.init, bytes: Buffer.from(track.init.bytes).toString('base64') } },
  ]),
})

export const parsePartRecord = ({ tracks, ...part }: PartRecord): EncodedPart => ({
  ...part,
  tracks: new Map(
    tracks.map(([name, { table, ...track }]): [string, StoredTrack] => [
      name,
      {
        ...track,
        ends: [],
        init: { ...track.init, bytes: Buffer.from(track.init.bytes, 'base64') },
        ...(table && { table: parseTable(table) }),
      },
    ]),
  ),
})

const parseTable = ({ durations, compositionOffsets, ...table }: TableRecord): SampleTable => ({
  ...table,
  durations: asRuns(durations),
  compositionOffsets: asRuns(compositionOffsets),
})

const asRuns = (column: Runs | readonly number[]): Runs => ('counts' in column ? column : runsOf(column))
