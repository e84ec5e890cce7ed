import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMediaTool } from '../../src/adapters/ffmpeg/media-tool.ts'
import {
  PREVIEW_SEGMENT_SECONDS,
  type PreviewKind,
  type PreviewPlan,
  planPreview,
  previewTracks,
} from '../../src/core/catalog/preview.ts'
import { segmentTrack } from '../../src/core/packaging/segment-track.ts'
import type { TrackInit, TrackSegment } from '../../src/core/packaging/track-part.ts'
import type { PinnedObject } from '../../src/core/processing/ports.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { ffmpeg, ffmpegPath } from '../support/ffmpeg.ts'
import { derive } from '../support/media.ts'
import { rawFrames } from './raw-frames.ts'
import { never, Workbench } from './workbench.ts'

let bench: Workbench
beforeAll(async () => {
  bench = await Workbench.open()
})
afterAll(() => bench[Symbol.asyncDispose]())

const SECONDS = 9
/** Where pieces begin, in segments; the last one has no end in common with the film. */
const STARTS = [0, 2, 3]

/** Its frames tell their number by their brightness. */
const film = (rate: string, codec: readonly string[], more: readonly string[] = []) => [
  ...['-f', 'lavfi', '-i', `color=c=black:s=64x36:r=${rate}:d=${SECONDS},geq=lum='16+mod(N*6,204)':cb=128:cr=128`],
  ...[...more, ...codec],
]
const SOUND = ['-f', 'lavfi', '-i', `sine=frequency=440:sample_rate=48000:duration=${SECONDS}`]
const X264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-crf', '10']
const X265 = [
  '-c:v',
  'libx265',
  '-preset',
  'ultrafast',
  '-pix_fmt',
  'yuv420p10le',
  '-crf',
  '8',
  '-x265-params',
  'log-level=error',
]

const SOURCES: readonly (readonly [string, string, readonly string[]])[] = [
  ['HEVC of 10 bits', 'mp4', film('25', [...X265, '-g', '75', '-tag:v', 'hvc1', '-c:a', 'aac'], SOUND)],
  ['VP9 with Opus', 'webm', film('30', ['-c:v', 'libvpx-vp9', '-deadline', 'realtime', '-c:a', 'libopus'], SOUND)],
  ['MPEG-2 in a transport stream', 'ts', film('25', ['-c:v', 'mpeg2video', '-q:v', '2', '-c:a', 'mp2'], SOUND)],
  [
    'a rate that is not whole, and one keyframe',
    'mkv',
    film('24000/1001', [...X264, '-g', '1000', '-c:a', 'ac3'], SOUND),
  ],
  ['no sound', 'avi', film('25', ['-c:v', 'mpeg4', '-q:v', '2'])],
  ['five frames a second', 'mp4', film('5', [...X264, '-g', '10'])],
]

interface Cut {
  readonly init: TrackInit
  readonly segments: readonly TrackSegment[]
}

const pieceOf = async (source: PinnedObject, plan: PreviewPlan, piece: { first: number; end: number }) => {
  const cut = new Map<PreviewKind, Cut>()
  await bench.tool.encodePreview(
    source,
    { plan, piece },
    {
      signal: never,
      async consume(track, bytes) {
        const isLast = piece.end >= plan.segments
        const chunk = {
          startSeconds: piece.first * PREVIEW_SEGMENT_SECONDS,
          ...(!isLast && { endSeconds: piece.end * PREVIEW_SEGMENT_SECONDS }),
          delaySeconds: track.type === 'video' ? 2 / plan.frameRate : 1024 / (plan.sound?.sampleRate ?? 1),
        }
        let init: TrackInit | undefined
        const segments: TrackSegment[] = []
        for await (const part of segmentTrack(bytes, { segmentSeconds: PREVIEW_SEGMENT_SECONDS, chunk })) {
          if (part.type === 'init') init = part
          else segments.push(part)
        }
        if (!init) throw new Error('there is no header')
        cut.set(track.type, { init, segments })
      },
    },
  )
  return cut
}

const preview = async (file: string) => {
  const source = await bench.put(file)
  const plan = planPreview(await bench.tool.probe(source, never))
  if (!plan) throw new Error('it has no preview')
  const pieces = await Promise.all(
    STARTS.map((first, n) => pieceOf(source, plan, { first, end: STARTS[n + 1] ?? plan.segments })),
  )
  const track = (kind: PreviewKind) => pieces.flatMap((piece) => piece.get(kind) ?? [])
  return { plan, video: track('video'), audio: track('audio') }
}

/** All of a track as one file: what a player puts together. */
const joined = (pieces: readonly Cut[]): Buffer =>
  Buffer.concat([pieces[0]?.init.bytes ?? Buffer.alloc(0), ...pieces.flatMap((p) => p.segments.map((s) => s.bytes))])

const samplesOf = async (file: Buffer): Promise<Float32Array> => {
  const [input, output] = [join(bench.folder, 'sound.mp4'), join(bench.folder, 'sound.f32')]
  await writeFile(input, file)
  await ffmpeg('-v', 'error', '-y', '-i', input, '-ac', '1', '-f', 'f32le', output)
  const bytes = await readFile(output)
  await Promise.all([rm(input), rm(output)])
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
}

describe('a preview in pieces', () => {
  test.each(SOURCES)('of %s: every segment has its frames and packets, at their times', async (_, extension, args) => {
    const { plan, video, audio } = await preview(await derive(args, extension))
    const promised = previewTracks(plan)
    const pictures = video.flatMap(({ segments }) => segments)
    expect(pictures.map(({ index, samples }) => [index, samples])).toEqual(
      promised.video.segments.map(({ units }, n) => [n, units]),
    )
    expect(pictures.map(({ startTicks }) => startTicks / 90_000)).toEqual(
      promised.video.segments.map(({ startTicks }) => startTicks / promised.video.timescale),
    )
    const sounds = audio.flatMap(({ segments }) => segments)
    expect(sounds.map(({ index, startTicks, durationTicks }) => [index, startTicks, durationTicks])).toEqual(
      promised.audio?.segments.map(({ startTicks, durationTicks }, n) => [n, startTicks, durationTicks]) ?? [],
    )
    // One header serves all pieces.
    for (const cuts of [video, audio]) for (const { init } of cuts) expect(init.bytes).toEqual(cuts[0]?.init.bytes)
    // H.264 Main of a level that every player takes.
    expect(video[0]?.init.codec).toMatch(/^avc1\.4d40(0[a-d]|1[0-9a-f])$/)
    let decoded = 0
    for (const { run } of sounds) {
      expect(run.decodeTime).toBe(decoded)
      decoded += 1024 * run.samples.length
    }
    const frames = await rawFrames(joined(video), plan)
    expect(frames).toHaveLength(plan.frames)
    // Each shows the frame of its time; as many of the source's are in between as their rates differ.
    const rate = plan.media.video.frameRate
    for (const [n, { rgb }] of frames.entries()) {
      const shown = ((rgb[rgb.length / 2] ?? 0) * 219) / 255
      const wanted = (Math.round((n / plan.frameRate) * rate) * 6) % 204
      const off = Math.abs(shown - wanted)
      expect(Math.min(off, 204 - off), `frame ${n}`).toBeLessThan(10)
    }
  })

  test('sounds without a seam', async () => {
    const { audio } = await preview(await derive(film('25', [...X264, '-c:a', 'aac'], SOUND), 'mp4'))
    const sound = await samplesOf(joined(audio))
    // A sine follows from the two samples before; whatever clicks does not.
    const turn = 2 * Math.cos((2 * Math.PI * 440) / 48_000)
    let worst = 0
    for (let n = 4_800; n < 8.5 * 48_000; n++) {
      worst = Math.max(worst, Math.abs((sound[n] ?? 0) - turn * (sound[n - 1] ?? 0) + (sound[n - 2] ?? 0)))
    }
    expect(worst).toBeLessThan(0.004)
  })

  test('is black where the sound goes on behind the picture', async () => {
    const args = ['-f', 'lavfi', '-i', `sine=duration=${SECONDS}`, '-f', 'lavfi', '-i', 'testsrc2=s=64x36:r=25:d=3']
    const { plan, video } = await preview(await derive([...args, ...X264, '-c:a', 'aac'], 'mkv'))
    const frames = await rawFrames(joined(video), plan)
    expect(frames).toHaveLength(plan.frames)
    const brightest = (n: number) => Math.max(...(frames[n]?.rgb ?? []))
    expect([brightest(70) > 200, brightest(plan.frames - 5) < 30]).toEqual([true, true])
  })

  test('is filled up where picture or sound end before the film does, or begin late', async () => {
    const args = [
      ...['-itsoffset', '1.5', '-f', 'lavfi', '-i', 'sine=duration=2', '-f', 'lavfi', '-i'],
      ...[`testsrc2=s=64x36:r=25:d=${SECONDS}`, ...X264, '-c:a', 'aac'],
    ]
    const { plan, video, audio } = await preview(await derive(args, 'mp4'))
    const promised = previewTracks(plan)
    expect(video.flatMap(({ segments }) => segments)).toHaveLength(promised.video.segments.length)
    const sounds = audio.flatMap(({ segments }) => segments)
    expect(sounds.map(({ durationTicks }) => durationTicks)).toEqual(
      promised.audio?.segments.map(({ durationTicks }) => durationTicks),
    )
    const sound = await samplesOf(joined(audio))
    const loudest = (from: number, to: number) =>
      sound.slice(from * 44_100, to * 44_100).reduce((most, one) => Math.max(most, Math.abs(one)), 0)
    expect(loudest(0.1, 1.4)).toBeLessThan(0.01)
    expect(loudest(1.6, 3.4)).toBeGreaterThan(0.05)
    expect(loudest(3.7, 8.5)).toBeLessThan(0.01)
  })

  test('has no segment of what could not be read: nothing is held there', async () => {
    const args = ['-f', 'lavfi', '-i', `testsrc2=s=640x360:r=25:d=20`, '-c:v', 'ffv1', '-g', '1']
    const source = await bench.put(await derive(args, 'mkv'))
    const plan = planPreview(await bench.tool.probe(source, never))
    if (!plan) throw new Error('it has a preview')
    const { store } = bench
    // The index lies at the end.
    const isLost = (start: number) => start > 0.8 * source.sizeBytes && start < source.sizeBytes - (128 << 10)
    const failing: ObjectStore = {
      ...store,
      fill: (object, places, options) =>
        isLost(options.start) ? Promise.reject(new Error('503 SlowDown')) : store.fill(object, places, options),
    }
    const blocks = { retryDelaysMs: [10], blockBytes: 64 << 10 }
    await using tool = await createMediaTool({ ffmpegPath: await ffmpegPath(), store: failing, blocks })
    const bytes: Uint8Array[] = []
    const encode = tool.encodePreview(
      source,
      { plan, piece: { first: 0, end: 10 } },
      {
        signal: never,
        async consume(_, stream) {
          const chunk = { startSeconds: 0, endSeconds: 20, delaySeconds: 2 / 25 }
          for await (const part of segmentTrack(stream, { segmentSeconds: PREVIEW_SEGMENT_SECONDS, chunk })) {
            bytes.push(part.bytes)
          }
        },
      },
    )
    await expect(encode).rejects.toThrow('the source could not be read')
    const frames = await rawFrames(Buffer.concat(bytes), plan)
    const isHeld = (n: number) =>
      n > 0 && Buffer.compare(frames[n]?.rgb ?? Buffer.alloc(0), frames[n - 1]?.rgb ?? Buffer.alloc(0)) === 0
    const held = frames.map((_, n) => n).filter(isHeld)
    expect(frames.length).toBeGreaterThan(0)
    // Its encoder leaves the first frames of all as they are.
    expect(held.filter((n) => n > 25)).toEqual([])
  })
})
