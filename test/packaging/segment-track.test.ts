import fc from 'fast-check'
import { expect, test } from 'vitest'
import { boundaries, checkTrack } from '../../src/core/packaging/check-track.ts'
import { segmentTrack } from '../../src/core/packaging/segment-track.ts'
import { TrackDefect } from '../../src/core/packaging/track-defect.ts'
import type { TrackInit } from '../../src/core/packaging/track-part.ts'
import { someOf } from '../support/cases.ts'
import { type ClipName, clip } from './clips.ts'
import { type HashedFrame, hashFrames } from './ffmpeg.ts'
import { chunksOf, collect, packaged, SEGMENT_SECONDS } from './packaged.ts'

const PRESENTED: readonly [
  ClipName,
  { readonly codec: string; readonly starts: readonly number[]; readonly end: number },
][] = [
  ['film', { codec: 'avc1.64000c', starts: [0, 2, 4], end: 5 }],
  ['filmSound', { codec: 'mp4a.40.2', starts: [0, 2.005333, 4.010667], end: 5 }],
  ['ntsc', { codec: 'avc1.64000a', starts: [0, 2.002, 4.004], end: 5.005 }],
  ['variableRate', { codec: 'avc1.64000a', starts: [0, 2.066667, 4], end: 5.033333 }],
  ['lateVideo', { codec: 'avc1.64000a', starts: [0, 2.52], end: 4.52 }],
  ['lateSound', { codec: 'mp4a.40.2', starts: [0.276009, 2.017506], end: 3.299229 }],
  ['oneFrame', { codec: 'avc1.64000a', starts: [0], end: 0.04 }],
  ['hevc', { codec: 'hvc1.1.6.L30.90', starts: [0, 2, 4], end: 5 }],
]

test.for(PRESENTED)(
  '%s: segments begin on the grid and follow each other without gaps',
  async ([name, { codec, starts, end }]) => {
    const { init, segments } = await packaged(name)
    expect(init.codec).toBe(codec)
    const seconds = segments.map(({ startTicks }) => startTicks / init.timescale)
    expect(seconds).toEqual(starts.map((start) => expect.closeTo(start, 4)))
    const track = { name, timescale: init.timescale, segments }
    const startSeconds = starts[0] ?? 0
    expect(checkTrack(track, { startSeconds, toleranceSeconds: 0.001 })).toEqual([])
    expect(boundaries(track).at(-1)).toBeCloseTo(end, 3)
  },
)

test.for(PRESENTED)(
  '%s: init and segments hold the packets and frames of the source at the same times',
  async ([name]) => {
    const { source, init, segments } = await packaged(name)
    const whole = Buffer.concat([init, ...segments].map(({ bytes }) => bytes))
    const packets = shownFromZero(init, await hashFrames('copy', source))
    expect(await hashFrames('copy', whole)).toEqual(packets)
    expect(segments.reduce((sum, { samples }) => sum + samples, 0)).toBe(packets.length)
    expect(await hashFrames('decode', whole)).toEqual(shownFromZero(init, await hashFrames('decode', source)))
  },
)

test.for(someOf(PRESENTED, 4))('%s: each segment decodes alone to its frames of the whole', async ([name]) => {
  const { init, segments, source } = await packaged(name)
  const whole = shownFromZero(init, await hashFrames('decode', source))
  for (const { startTicks, durationTicks, bytes } of segments) {
    const isInside = ({ seconds }: HashedFrame) => {
      const ticks = Math.round(seconds * init.timescale)
      return ticks >= startTicks && ticks < startTicks + durationTicks
    }
    const alone = await hashFrames('decode', Buffer.concat([init.bytes, bytes]))
    const expected = whole.filter(isInside)
    if (init.kind === 'video') expect(alone).toEqual(expected)
    else expect(timesOf(alone)).toEqual(timesOf(startTicks > 0 && name === 'filmSound' ? expected.slice(1) : expected))
  }
})

/** A picture that begins late is held back to the beginning; sound keeps its place. */
const shownFromZero = ({ kind }: TrackInit, [first, ...others]: readonly HashedFrame[]): readonly HashedFrame[] => {
  if (kind === 'audio' || !first) return first ? [first, ...others] : []
  return [{ ...first, seconds: 0, decodeSeconds: expect.closeTo(first.decodeSeconds - first.seconds, 6) }, ...others]
}

/**
 * An AAC packet needs the one before it to sound right, so that only times can be compared. FFmpeg moreover takes the
 * priming that the edit list announces from whatever packet it reads first; players on MSE don't.
 */
const timesOf = (frames: readonly HashedFrame[]) => frames.map(({ seconds }) => seconds)

test('the first frame is presented at 0 despite reordering, the sound despite its priming', async () => {
  const film = await packaged('film')
  const packets = await hashFrames('copy', film.source)
  expect(packets.some(({ seconds, decodeSeconds }) => seconds - decodeSeconds > 1 / 24)).toBe(true)
  for (const { init, segments } of [film, await packaged('filmSound')]) {
    const [first] = await hashFrames('decode', Buffer.concat([init, ...segments].map(({ bytes }) => bytes)))
    expect(first?.seconds).toBe(0)
  }
})

test('the film has scene cuts that start no segment', async () => {
  const { source, segments } = await packaged('film')
  const fragments = Buffer.from(source).toString('latin1').split('moof').length - 1
  expect(fragments).toBeGreaterThan(segments.length)
})

test.for([1, 7, 1000, 2 ** 30])('chunks of %d bytes give the same parts', async (size) => {
  const { source, ...whole } = await packaged('filmSound')
  expect(await collect(segmentTrack(chunksOf(source, size), { segmentSeconds: SEGMENT_SECONDS }))).toEqual(whole)
})

test('random chunks give the same parts', async () => {
  const { source, ...whole } = await packaged('oneFrame')
  const inChunks = async function* (sizes: readonly number[]) {
    let at = 0
    for (const size of sizes) {
      yield source.slice(at, at + size)
      at += size
    }
    yield source.slice(at)
  }
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat({ max: 300 })), async (sizes) => {
      expect(await collect(segmentTrack(inChunks(sizes), { segmentSeconds: SEGMENT_SECONDS }))).toEqual(whole)
    }),
  )
})

test('a segment comes as soon as the fragment that begins the next one is read', async () => {
  const source = await clip('filmSound')
  let read = 0
  let written = 0
  const counted = async function* () {
    for await (const chunk of chunksOf(source, 256)) {
      read += chunk.length
      yield chunk
    }
  }
  const waiting: number[] = []
  const sizes: number[] = []
  for await (const { bytes } of segmentTrack(counted(), { segmentSeconds: SEGMENT_SECONDS })) {
    written += bytes.length
    sizes.push(bytes.length)
    waiting.push(read - written)
  }
  expect(sizes).toHaveLength(4)
  // A fragment is half a segment here.
  expect(Math.max(...waiting)).toBeLessThan(Math.max(...sizes))
})

test('nothing, a header only, and the middle of a fragment are told apart', async () => {
  const run = (bytes: Uint8Array) => collect(segmentTrack(chunksOf(bytes, 1000), { segmentSeconds: SEGMENT_SECONDS }))
  await expect(run(new Uint8Array())).rejects.toMatchObject({ kind: 'empty', reason: 'The encoder wrote nothing.' })
  await expect(run(await clip('noFrames'))).rejects.toMatchObject({
    kind: 'empty',
    reason: 'The video track has no frames.',
  })
  const film = await clip('film')
  await expect(run(film.subarray(0, film.length / 2))).rejects.toMatchObject({ kind: 'cut_off' })
})

test('damage is told as a defect of the track, never as another error', async () => {
  const source = await clip('oneFrame')
  const damage = fc.array(fc.tuple(fc.nat({ max: 1000 }), fc.nat({ max: 255 })), { minLength: 1, maxLength: 4 })
  await fc.assert(
    fc.asyncProperty(damage, async (changes) => {
      const damaged = Uint8Array.from(source)
      for (const [at, value] of changes) damaged[at] = value
      await Array.fromAsync(segmentTrack(chunksOf(damaged, 4096), { segmentSeconds: SEGMENT_SECONDS })).catch(
        (error: unknown) => {
          expect(error).toBeInstanceOf(TrackDefect)
        },
      )
    }),
    { numRuns: 500 },
  )
})
