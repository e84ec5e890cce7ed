import { expect, test } from 'vitest'
import { checkManifest } from './check-manifest.ts'
import { dashManifest } from './dash-manifest.ts'

const segments = [60_060, 60_060, 60_060, 1001].map((durationTicks, index) => ({
  ...{ index, startTicks: index * 60_060, durationTicks, samples: 1 },
}))
const tracks = new Map([['r_1', { name: '720p', timescale: 30_000, segments }]])
const text = dashManifest({
  video: [
    [
      {
        ...{ folder: 'r_1', init: 'init.mp4', codec: 'avc1', bandwidth: 1, timescale: 30_000, segments },
        ...{ width: 2, height: 2, aspect: { across: 1, down: 1 }, frameRate: 30 },
      },
    ],
  ],
  audio: [],
  segmentSeconds: 2,
})

test('the manifest that is made of a track has its arithmetic', () => {
  expect(checkManifest(text, tracks)).toEqual([])
})

test.each<[string, string, string]>([
  ['a segment too few', text.replace('r="2"', 'r="1"'), 'The manifest gives 720p 3 segments, but it has 4.'],
  [
    'another end',
    text.replace('d="1001"', 'd="1002"'),
    'The manifest gives 720p another beginning or end than it has.',
  ],
  ['another beginning', text.replace('t="0"', 't="1"'), 'The manifest gives 720p another beginning or end'],
  ['another timescale', text.replace('timescale="30000"', 'timescale="3000"'), 'another timescale'],
  ['an early end', text.replace('PresentationDuration="PT6.', 'PresentationDuration="PT5.'), 'ends before 720p.'],
  ['an unknown track', text.replace('id="r_1"', 'id="r_2"'), 'The manifest names r_2, which is no track of it.'],
  ['no track', text.replace('<Representation ', '<Other '), 'The manifest has no tracks.'],
])('%s is found', (_, changed, finding) => {
  expect(changed).not.toBe(text)
  expect(checkManifest(changed, tracks).join(' ')).toContain(finding)
})
