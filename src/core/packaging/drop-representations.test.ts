import { expect, test } from 'vitest'
import { dashManifest } from './dash-manifest.ts'
import { dropRepresentations } from './drop-representations.ts'

const track = (folder: string) => ({
  ...{ folder, init: 'init.mp4', codec: 'avc1.640028', bandwidth: 1, timescale: 1, width: 2, height: 2, frameRate: 24 },
  segments: [{ startTicks: 0, durationTicks: 1 }],
  aspect: { across: 1, down: 1 },
})

test('a manifest without some representations is the one that would have been written for the others', () => {
  const manifest = (...sets: readonly (readonly string[])[]) =>
    dashManifest({ video: sets.map((folders) => folders.map(track)), audio: [], segmentSeconds: 1 })
  expect(dropRepresentations(manifest(['a_1', 'a_2', 'a_3']), new Set(['a_1', 'a_3']))).toBe(manifest(['a_2']))
  expect(dropRepresentations(manifest(['a_1']), new Set(['a_2']))).toBe(manifest(['a_1']))
})

test('a set of which nothing is left goes with its last representation', () => {
  const text = dashManifest({ video: [[track('a_1')], [track('a_2')]], audio: [], segmentSeconds: 1 })
  const left = dropRepresentations(text, new Set(['a_2']))
  expect(left.match(/<AdaptationSet /g)).toHaveLength(1)
  expect(left.match(/<\/AdaptationSet>/g)).toHaveLength(1)
  expect(left).toContain('<Representation id="a_1"')
})
