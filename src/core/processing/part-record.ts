import type { EncodedPart } from './encode-runs.ts'
import type { StoredTrack } from './store-track.ts'

type TrackRecord = Omit<StoredTrack, 'ends' | 'init'> & {
  readonly init: Omit<StoredTrack['init'], 'bytes'> & { readonly bytes: string }
}

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
    tracks.map(([name, track]): [string, StoredTrack] => [
      name,
      { ...track, ends: [], init: { ...track.init, bytes: Buffer.from(track.init.bytes, 'base64') } },
    ]),
  ),
})
