import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { segmentTrack, type TrackChunk } from '../../src/core/packaging/segment-track.ts'
import type { TrackInit, TrackSegment } from '../../src/core/packaging/track-part.ts'
import { encodeTracks, ladderOf } from '../../src/core/processing/encode-ladder.ts'
import type { EncodePart, EncodePlan } from '../../src/core/processing/encode-plan.ts'
import type { EncodedPart } from '../../src/core/processing/encode-runs.ts'
import { finishLadder } from '../../src/core/processing/end-transcode.ts'
import { joinParts } from '../../src/core/processing/join-parts.ts'
import { planEncode } from '../../src/core/processing/ladder.ts'
import { parsePartRecord, toPartRecord } from '../../src/core/processing/part-record.ts'
import type { PinnedObject } from '../../src/core/processing/ports.ts'
import { SYSTEM_SETTINGS } from '../../src/core/templates/system-groups.ts'
import { someOf, thorough } from '../support/cases.ts'
import { derive } from '../support/media.ts'
import { isNear, markOf, picture, pixel } from './marked.ts'
import { rawFrames } from './raw-frames.ts'
import { BUCKET, never, Workbench } from './workbench.ts'

const SEGMENT_SECONDS = 2
const RUN = 'a'.repeat(32)
/** The second begins in the middle of the film; the third is the last one. */
const STARTS = [0, 4, 8]
const SIZE = { width: 96, height: 56 }

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const partsOf = (): readonly EncodePart[] =>
  STARTS.map((startSeconds, n) => {
    const endSeconds = STARTS[n + 1]
    return { type: 'chunk', startSeconds, ...(endSeconds !== undefined && { endSeconds }) }
  })

interface Cut {
  readonly init: TrackInit
  readonly segments: readonly TrackSegment[]
  /** How far the encode said that it was. */
  readonly reached: readonly number[]
}

interface Encode {
  readonly source: PinnedObject
  readonly plan: EncodePlan
  readonly marks?: readonly PinnedObject[]
}

/** The first rung, cut as it is stored. */
const cut = async ({ source, plan, marks = [] }: Encode, on = bench): Promise<Cut> => {
  const [part, frameRate] = [plan.part, plan.rungs[0]?.frameRate ?? 1]
  const chunk: TrackChunk | undefined =
    part?.type === 'chunk' ? { ...part, delaySeconds: 2 / frameRate + 0.002 } : undefined
  let init: TrackInit | undefined
  const segments: TrackSegment[] = []
  const reached: number[] = []
  await on.tool.encode(on === bench ? source : await on.put(bench.pathOf(source.key)), plan, {
    ...{ signal: never, marks, onProgress: (positionMs: number) => void reached.push(positionMs) },
    consume: async (track, bytes) => {
      for await (const piece of segmentTrack(bytes, { segmentSeconds: SEGMENT_SECONDS, ...(chunk && { chunk }) })) {
        if (track.type !== 'video' || track.rung !== 0) continue
        if (piece.type === 'init') init = piece
        else segments.push(piece)
      }
    },
  })
  if (!init) throw new Error('there is no header')
  return { init, segments, reached }
}

const whole = async (file: string, change: (plan: EncodePlan) => EncodePlan = (plan) => plan): Promise<Encode> => {
  const source = await bench.put(file)
  const media = await bench.tool.probe(source, never)
  return { source, plan: change(planEncode(media, { ...SYSTEM_SETTINGS, segmentSeconds: SEGMENT_SECONDS })) }
}

/** When each frame is shown, in ticks. */
const framesOf = ({ init, segments }: Cut): readonly number[] =>
  segments
    .flatMap(({ run: { decodeTime, samples } }) => {
      let at = decodeTime - init.mediaTime
      return samples.map(({ duration, compositionOffset }) => {
        at += duration
        return at - duration + compositionOffset
      })
    })
    .toSorted((a, b) => a - b)

const film = (rate: string, more: readonly string[] = []) => [
  ...['-f', 'lavfi', '-i', `testsrc2=size=${SIZE.width}x${SIZE.height}:rate=${rate}:duration=13`],
  ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-bf', '3', '-g', '75', ...more],
]

const SOUND = ['-f', 'lavfi', '-i', 'sine=duration=13']

const SOURCES = [
  ['of which no chunk begins at a frame', 'mp4', film('24000/1001')],
  ['with open groups of pictures', 'mp4', film('30000/1001', ['-x264-params', 'open-gop=1:bframes=3'])],
  ['with times in milliseconds', 'mkv', film('24000/1001')],
  [
    'that begins late, and not at a millisecond',
    'mp4',
    [...SOUND, '-itsoffset', '0.31037', ...film('24000/1001'), '-c:a', 'aac'],
  ],
  ['of a whole frame rate', 'mp4', film('25')],
  ['with its only keyframe at the beginning', 'mkv', film('25', ['-g', '1000', '-sc_threshold', '0'])],
  ['in fragments, without an edit list', 'mp4', film('30000/1001', ['-movflags', 'frag_keyframe+empty_moov'])],
  ['without an edit list', 'mp4', film('24000/1001', ['-use_editlist', '0'])],
  ['that is interlaced', 'mp4', film('25', ['-vf', 'tinterlace=interleave_top,fps=25', '-flags', '+ilme+ildct'])],
] as const

describe('the chunks of a film', () => {
  test.each(someOf(SOURCES, 4))(
    '%s: each frame is in one of them, at its time, and no other',
    async (_, extension, args) => {
      const encode = await whole(await derive(args, extension))
      const expected = await cut(encode)
      const chunks = await Promise.all(partsOf().map((part) => cut({ ...encode, plan: { ...encode.plan, part } })))
      expect(chunks.flatMap(framesOf)).toEqual(framesOf(expected))
      const segments = chunks.flatMap((chunk) => chunk.segments)
      expect(segments.map(({ index }) => index)).toEqual(segments.map((__, n) => n))
      let end = 0
      for (const { startTicks, durationTicks } of segments) {
        expect(startTicks).toBe(end)
        end = startTicks + durationTicks
      }
      // From the beginning of the chunk, not of the film.
      for (const { reached } of chunks) for (const at of reached) expect(at).toBeLessThan(6_000)
      // One header serves all.
      for (const { init } of chunks)
        expect(Buffer.compare(init.bytes, chunks[0]?.init.bytes ?? Buffer.alloc(0))).toBe(0)
    },
  )

  thorough('of H.265 are exact, too', async () => {
    const encode = await whole(await derive(film('24000/1001'), 'mp4'), (plan) => ({ ...plan, videoCodec: 'h265' }))
    const expected = await cut(encode)
    const chunks = await Promise.all(partsOf().map((part) => cut({ ...encode, plan: { ...encode.plan, part } })))
    expect(chunks.flatMap(framesOf)).toEqual(framesOf(expected))
  })

  test('become one ladder as often as it is asked for, also where only a file is wanted', async () => {
    const { source, plan: all } = await whole(await derive([...SOUND, ...film('24000/1001'), '-c:a', 'aac'], 'mp4'))
    const plan: EncodePlan = { ...all, outputs: all.outputs.map((output) => ({ ...output, format: 'MP4' })) }
    const target = {
      ...{ store: bench.store, bucket: BUCKET, playFolder: 'play/', runs: { hls: RUN, others: RUN } },
      parameters: RUN,
    }
    const encoded: EncodedPart[] = []
    const parts: readonly EncodePart[] = [{ type: 'rest' }, ...partsOf()]
    for (const part of parts) {
      const request = { media: bench.tool, source, plan: { ...plan, part }, signal: never, onProgress: () => undefined }
      const { tracks, report } = await encodeTracks(request, target)
      encoded.push(parsePartRecord(JSON.parse(JSON.stringify(toPartRecord({ tracks, report })))))
    }
    const deps = { store: bench.store, media: bench.tool, now: () => new Date() }
    const sizes: number[][] = []
    for (let joins = 0; joins < 2; joins++) {
      const joined = joinParts({ plan, parts }, encoded)
      if (typeof joined === 'string') throw new Error(joined)
      const { fileBytes } = await finishLadder(deps, ladderOf(joined, target), { ...target, signal: never })
      sizes.push([...fileBytes.values()])
    }
    expect(sizes[0]).toHaveLength(1)
    expect(sizes[1]).toEqual(sizes[0])
  })

  test('have the same headers on machines with more processors', async () => {
    const encode = await whole(await derive(film('25'), 'mp4'), (plan) => ({
      ...plan,
      videoCodec: 'h265',
      processors: 16,
    }))
    const part: EncodePart = { type: 'chunk', startSeconds: 4, endSeconds: 8 }
    const here = await cut({ ...encode, plan: { ...encode.plan, part } })
    await using other = await Workbench.open({ processors: 8 })
    const there = await cut({ ...encode, plan: { ...encode.plan, part } }, other)
    expect(Buffer.compare(here.init.bytes, there.init.bytes)).toBe(0)
  })

  test('show a watermark when the film does', async () => {
    const logo = await picture(bench, 'color=c=red:s=32x32')
    const placement = { start: '6', duration: '1', corner: 'top_left', process: 'original' } as const
    const marks = [markOf(logo, { ...placement, width: '32', height: '32' })]
    const encode = await whole(await derive(film('25'), 'mp4'), (plan) => ({ ...plan, marks }))
    const part: EncodePart = { type: 'chunk', startSeconds: 4, endSeconds: 8 }
    const { init, segments } = await cut({ ...encode, plan: { ...encode.plan, part }, marks: [logo.object] })
    const frames = await rawFrames(Buffer.concat([init.bytes, ...segments.map(({ bytes }) => bytes)]), SIZE)
    expect(frames).toHaveLength(100)
    const marked = frames.flatMap((frame, n) => (isNear(pixel(frame, 8, 8), [255, 0, 0], 40) ? [n] : []))
    // From 6 s to 7 s of the film.
    expect([marked[0], marked.at(-1), marked.length]).toEqual([50, 74, 25])
  })

  test('leave sounds, and what is copied, to an encode of their own', async () => {
    const sound = ['-f', 'lavfi', '-i', 'sine=duration=13', '-c:a', 'aac']
    const [input, encoded] = [film('25').slice(0, 4), film('25').slice(4)]
    const { source, plan } = await whole(
      await derive([...input, ...sound.slice(0, 4), ...encoded, ...sound.slice(4)], 'mp4'),
    )
    const [first, ...others] = [...plan.rungs, ...plan.rungs].map((rung, n) =>
      n === 0 ? { ...rung, copied: true as const } : rung,
    )
    if (!first) throw new Error('the plan has a rung')
    const made: string[] = []
    for (const part of [{ type: 'rest' } as const, ...partsOf().slice(2)]) {
      await bench.tool.encode(
        source,
        { ...plan, rungs: [first, ...others], part },
        {
          ...{ signal: never, onProgress: () => undefined },
          async consume(track, bytes) {
            for await (const _ of bytes);
            made.push(`${part.type} ${track.type} ${track.type === 'video' ? track.rung : track.sound}`)
          },
        },
      )
    }
    expect(made.toSorted((a, b) => a.localeCompare(b))).toEqual(['chunk video 1', 'rest audio 0', 'rest video 0'])
  })
})
