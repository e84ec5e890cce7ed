import { expect, test } from 'vitest'
import { SuspectFailure } from '../shared/task.ts'
import type { EncodedLadder } from './encode-ladder.ts'
import type { VideoRung } from './encode-plan.ts'
import { ladderManifests } from './ladder-manifests.ts'
import { ladderPlaylists, type ManifestFile } from './ladder-playlists.ts'
import type { StoredTrack } from './store-track.ts'
import { verifyManifests } from './verify-manifests.ts'

const rung: VideoRung = {
  ...{ quality: 'SD', width: 320, height: 180, bitrateKbps: 1, averageKbps: 1, frameRate: 25, effort: 'turbo' },
  frames: { keep: 'all' },
}
const track: StoredTrack = {
  ...{ name: '320x180', timescale: 25, container: 'cmaf', independent: true, showsAll: true, ends: [] },
  init: {
    ...{ type: 'init', kind: 'video', codec: 'avc1', timescale: 25, mediaTime: 0, width: 320, height: 180 },
    bytes: new Uint8Array(),
  },
  segments: [0, 1].map((index) => ({
    ...{ index, startTicks: index * 50, durationTicks: 50, samples: 50, file: `0000${index}.m4s`, sizeBytes: 9 },
  })),
}
const ladder: EncodedLadder = {
  plan: {
    media: { container: 'mov', durationMs: 4000, bitRateKbps: 1, audioStreams: 0 },
    ...{ segmentSeconds: 2, videoCodec: 'h264', rungs: [rung], sounds: [], tolerant: false },
    outputs: [
      { format: 'HLS', rung: 0 },
      { format: 'DASH', rung: 0 },
    ],
  },
  ...{ runs: { hls: 'a', others: 'b' }, parameters: 'p', video: [track], sounds: [], keyUri: 'https://keys/1' },
  report: { frames: 100, complaints: [] },
}
const files = [...ladderPlaylists(ladder), ...ladderManifests(ladder)]

const withChange = (from: string, to: string): readonly ManifestFile[] =>
  files.map((file) => ({ ...file, text: file.text.replace(from, to) }))

test('what is written of a ladder passes', () => {
  expect(files).toHaveLength(4)
  expect(() => verifyManifests(ladder, files)).not.toThrow()
})

test.each([
  ['playlist names a file of another run', 'a_1/00001.m4s', 'b_1/00001.m4s', 'names b_1/00001.m4s'],
  ['playlist lasts longer', '#EXTINF:2.000000', '#EXTINF:2.500000', 'lasts 4.500000 s'],
  ['manifest lasts longer', 'd="50"', 'd="51"', 'another beginning or end'],
])('a ladder whose %s is not stored', (_, from, to, finding) => {
  const check = () => verifyManifests(ladder, withChange(from, to))
  expect(check).toThrow(SuspectFailure)
  expect(check).toThrow(finding)
})
