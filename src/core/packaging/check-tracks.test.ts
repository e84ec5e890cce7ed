import { expect, test } from 'vitest'
import { checkLadder } from './check-ladder.ts'
import { type CutTrack, checkTrack } from './check-track.ts'

const cut = (name: string, changes: Partial<CutTrack> = {}): CutTrack => ({
  name,
  timescale: 12288,
  segments: [
    { index: 0, startTicks: 0, durationTicks: 24576, samples: 48 },
    { index: 1, startTicks: 24576, durationTicks: 24576, samples: 48 },
    { index: 2, startTicks: 49152, durationTicks: 512, samples: 1 },
  ],
  ...changes,
})
const expected = { startSeconds: 0, samples: 97, toleranceSeconds: 0.001 }

/** The sound track with one segment changed. */
const altered = (at: number, change: Partial<CutTrack['segments'][number]>): CutTrack =>
  cut('720p', {
    segments: cut('').segments.map((segment, index) => (index === at ? { ...segment, ...change } : segment)),
  })

test('a sound track has no findings', () => {
  expect(checkTrack(cut('720p'), expected)).toEqual([])
})

test.each<[string, CutTrack, readonly string[]]>([
  ['a gap', altered(1, { startTicks: 24580, durationTicks: 24572 }), ['720p: 4 ticks are missing before segment 1.']],
  ['an overlap', altered(0, { durationTicks: 24577 }), ['720p: segment 1 overlaps the one before by 1 ticks.']],
  ['a wrong index', altered(2, { index: 3 }), ['720p: segment 3 stands where segment 2 belongs.']],
  ['a lost frame', altered(1, { samples: 47 }), ['720p has 96 frames, but 97 were encoded.']],
  ['no segments', cut('720p', { segments: [] }), ['720p has no segments.']],
])('%s is found', (_, track, findings) => {
  expect(checkTrack(track, expected)).toEqual(findings)
})

test('an empty segment and a wrong start are found', () => {
  const late = cut('audio', { segments: [{ index: 0, startTicks: 12288, durationTicks: 0, samples: 0 }] })
  expect(checkTrack(late, { startSeconds: 0.5, toleranceSeconds: 0.001 })).toEqual([
    'audio: segment 0 is empty.',
    'audio begins at 1.000 s instead of 0.500 s.',
  ])
})

test('equal rungs in different timescales are a sound ladder', () => {
  const finer = cut('480p', {
    timescale: 24576,
    segments: cut('').segments.map((segment) => ({
      ...segment,
      startTicks: segment.startTicks * 2,
      durationTicks: segment.durationTicks * 2,
    })),
  })
  expect(checkLadder([cut('720p'), finer])).toEqual([])
  expect(checkLadder([])).toEqual([])
})

test('rungs whose last frame lasts longer or shorter are a sound ladder', () => {
  expect(checkLadder([cut('1080p'), altered(2, { durationTicks: 524 })])).toEqual([])
})

test.each<[string, CutTrack, readonly string[]]>([
  ['a missing frame', altered(1, { samples: 47 }), ['720p has 96 frames, but 1080p has 97.']],
  [
    'a missing segment',
    cut('720p', { segments: cut('').segments.slice(0, 2) }),
    ['720p has 96 frames, but 1080p has 97.', '720p has 2 segments, but 1080p has 3.'],
  ],
  [
    'another boundary',
    altered(1, { startTicks: 24064, durationTicks: 25088 }),
    ['720p and 1080p are cut differently: boundary 1 is at 1.958 s and 2.000 s.'],
  ],
])('a rung with %s is found', (_, rung, findings) => {
  expect(checkLadder([cut('1080p'), rung])).toEqual(findings)
})
