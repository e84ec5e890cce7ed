import { expect, test } from 'vitest'
import { runsOf } from '../packaging/runs.ts'
import type { EncodedPart } from './encode-runs.ts'
import { type PartRecord, parsePartRecord, toPartRecord } from './part-record.ts'
import type { StoredTrack } from './store-track.ts'

const table = {
  ...{ sizes: [3, 4, 5], durations: runsOf([10, 10, 11]), compositionOffsets: runsOf([0, 20, 0]), syncs: [0] },
  segments: [{ samples: 3, bytes: 12, decodeTime: 0 }],
}

const track: StoredTrack = {
  ...{ name: '640x360', timescale: 90_000, container: 'cmaf', segments: [], independent: true, showsAll: true },
  init: {
    ...{ type: 'init', kind: 'video', codec: 'avc1.640028', timescale: 90_000, mediaTime: 0, width: 640, height: 360 },
    bytes: new Uint8Array([1, 2, 255]),
  },
  ends: [{ bytes: new Uint8Array(9), frames: 1 }],
  table,
}

const part: EncodedPart = { tracks: new Map([['1', track]]), report: { frames: 3, complaints: [] } }

const kept = (record: PartRecord): PartRecord => JSON.parse(JSON.stringify(record)) as PartRecord

test('a part comes back as it was, but for its ends, which were decoded already', () => {
  const { tracks, ...rest } = parsePartRecord(kept(toPartRecord(part)))
  const { init, ...back } = tracks.get('1') ?? track
  expect(rest).toEqual({ report: part.report })
  expect(back).toEqual({ ...track, init: undefined, ends: [] })
  expect([...init.bytes]).toEqual([1, 2, 255])
})

test('what a version before kept, whose columns were lists, is read as well', () => {
  const record = kept(toPartRecord(part))
  const lists = { ...table, durations: [10, 10, 11], compositionOffsets: [0, 20, 0] }
  const old = record.tracks.map(([name, one]) => [name, { ...one, table: lists }] as const)
  expect(parsePartRecord({ ...record, tracks: old }).tracks.get('1')?.table).toEqual(table)
})
