import { expect, test } from 'vitest'
import { dashManifest } from './dash-manifest.ts'
import { keepRepresentations } from './keep-representations.ts'

const track = (folder: string) => ({
  ...{ folder, init: 'init.mp4', codec: 'avc1.640028', bandwidth: 1, timescale: 1, width: 2, height: 2, frameRate: 24 },
  segments: [{ startTicks: 0, durationTicks: 1 }],
  aspect: { across: 1, down: 1 },
})

test('a manifest with some representations only is the one that would have been written for the others', () => {
  const manifest = (...sets: readonly (readonly string[])[]) =>
    dashManifest({ video: sets.map((folders) => folders.map(track)), audio: [], segmentSeconds: 1 })
  expect(keepRepresentations(manifest(['a_1', 'a_2', 'a_3']), (id) => id === 'a_2')).toBe(manifest(['a_2']))
  expect(keepRepresentations(manifest(['a_1']), () => true)).toBe(manifest(['a_1']))
})

test('a set of which nothing is left goes with its last representation', () => {
  const text = dashManifest({ video: [[track('a_1')], [track('a_2')]], audio: [], segmentSeconds: 1 })
  const left = keepRepresentations(text, (id) => id !== 'a_2')
  expect(left.match(/<AdaptationSet /g)).toHaveLength(1)
  expect(left.match(/<\/AdaptationSet>/g)).toHaveLength(1)
  expect(left).toContain('<Representation id="a_1"')
  // Nor does any other set name it any more.
  expect(left).not.toContain('adaptation-set-switching')
  const three = dashManifest({ video: ['a_1', 'a_2', 'a_3'].map((id) => [track(id)]), audio: [], segmentSeconds: 1 })
  const two = keepRepresentations(three, (id) => id !== 'a_2')
  expect(two.match(/switching:2016" value="[\d,]+"/g)).toEqual([
    'switching:2016" value="2"',
    'switching:2016" value="0"',
  ])
})
