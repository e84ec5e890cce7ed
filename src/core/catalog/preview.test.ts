import { describe, expect, test } from 'vitest'
import type { Asset } from './asset.ts'
import type { SourceMedia, SourceVideo } from './media.ts'
import {
  demandState,
  givesWay,
  openPreview,
  type PreviewTask,
  planPreview,
  previewOf,
  previewTracks,
  withoutPreview,
} from './preview.ts'

const picture: SourceVideo = {
  ...{ stream: 0, codec: 'hevc', width: 1920, height: 1080, codedWidth: 1920, codedHeight: 1080, anamorphic: false },
  ...{
    rotation: 0,
    frameRate: 24,
    variableFrameRate: false,
    interlaced: false,
    hdr: false,
    pixelFormat: 'yuv420p10le',
  },
}
const media = (durationMs: number, video: Partial<SourceVideo> = {}, sampleRate = 48_000): SourceMedia => ({
  ...{ container: 'mov', durationMs, bitRateKbps: 1, audioStreams: 1, video: { ...picture, ...video } },
  audio: { stream: 1, codec: 'aac', channels: 6, sampleRate },
})

const planOf = (...args: Parameters<typeof media>) => {
  const plan = planPreview(media(...args))
  if (!plan) throw new Error('it has a preview')
  return plan
}

describe('a plan', () => {
  test.for<[string, Partial<SourceVideo>, number]>([
    ['is the next whole one', { frameRate: 24_000 / 1001 }, 24],
    ['is halved above 30', { frameRate: 60_000 / 1001 }, 30],
    ['is 30 of a variable source, whose bursts nobody knows', { frameRate: 12, variableFrameRate: true }, 30],
    ['is high enough for a last segment', { frameRate: 0.2 }, 12],
    ['is a usual one where none is known', { frameRate: Number.NaN }, 30],
    ['is a share of what is very fast', { frameRate: 600 }, 30],
  ])('has a rate that %s', ([, video, expected]) => {
    expect(planOf(10_000, video).frameRate).toBe(expected)
  })

  test.for<[number, number, number, number]>([
    [1920, 1080, 640, 360],
    [1080, 1920, 360, 640],
    [2048, 858, 640, 268],
    [101, 57, 100, 56],
    [8192, 2, 640, 2],
  ])('fits %i x %i into a small screen that may be turned', ([width, height, ...expected]) => {
    const { width: across, height: down } = planOf(10_000, { width, height })
    expect([across, down]).toEqual(expected)
  })

  test('has segments of two seconds, and none at the end that players would not find', () => {
    const lengths = [1, 1_000, 2_000, 2_040, 2_100, 2_400, 61_000].map((ms) => {
      const { segments } = previewTracks(planOf(ms)).video
      return segments.map(({ units }) => units).join(' ')
    })
    expect(lengths).toEqual(['1', '24', '48', '48', '48', '48 10', `${'48 '.repeat(30)}24`])
  })

  test.for([44_100, 48_000, 22_050, 96_000])('of sound at %i has every packet once', (sampleRate) => {
    const plan = planOf(3_600_000, {}, sampleRate)
    const sound = previewTracks(plan).audio
    expect(sound?.timescale).toBe(sampleRate % 11_025 === 0 ? 44_100 : 48_000)
    let end = 0
    for (const [n, segment] of sound?.segments.entries() ?? []) {
      expect(segment.startTicks).toBe(end)
      expect(segment.durationTicks).toBe(segment.units * 1024)
      // Never a packet before the picture, and the next one otherwise.
      const late = segment.startTicks - n * 2 * (sound?.timescale ?? 1)
      expect(late >= 0 && late < 1024).toBe(true)
      end += segment.durationTicks
    }
  })

  test('is none of what has no picture, or would be too long', () => {
    const { video: _, ...sound } = media(10_000)
    expect(planPreview(sound)).toBeUndefined()
    expect(planPreview(media(12 * 3_600_000))).toBeUndefined()
  })
})

describe('a preview', () => {
  const asset = {
    ...({ ingest: { state: 'created' }, transcode: { state: 'running' }, sourceRemoved: false } as const),
    preview: { run: 'a' },
  }
  const of = (patch: Partial<Asset>, run = 'a') => previewOf({ ...asset, ...patch } as Asset, { run, nowMs: 1000 })

  test('is there while renditions are on their way', () => {
    expect(of({})).toEqual({ run: 'a' })
    expect(of({}, 'b')).toBeUndefined()
    for (const state of ['none', 'succeeded'] as const) expect(of({ transcode: { state } })).toBeUndefined()
    expect(of({ sourceRemoved: true })).toBeUndefined()
    expect(of({ ingest: { state: 'deleted' } })).toBeUndefined()
  })

  test('is another one under another key, and none while that is being changed', () => {
    expect(of({ encryption: { key: 'k' } })).toBeUndefined()
    expect(of({ encryption: { key: 'k' }, preview: { run: 'a', key: 'k' } })).toEqual({ run: 'a', key: 'k' })
    expect(openPreview({ ...asset, encryption: { key: 'k' }, preview: { run: 'a', key: 'old' } })).toBeUndefined()
  })

  test('goes on for players after the renditions have taken its place, for a while', () => {
    const ended = { transcode: { state: 'succeeded' } } as const
    const one = { run: 'a', untilMs: 2000, key: 'k' }
    expect(of({ ...ended, retired: [{ ...one, preview: true }] })).toEqual({ run: 'a', key: 'k' })
    expect(of({ ...ended, retired: [one] })).toBeUndefined()
    expect(of({ ...ended, retired: [{ ...one, preview: true, untilMs: 1000 }] })).toBeUndefined()
  })
})

describe('what viewers demand', () => {
  const task = (segment: number, state: PreviewTask['state'], run = 'a'): PreviewTask => ({ run, segment, state })
  const stateOf = (tasks: readonly PreviewTask[], segment: number, isNear = false) =>
    demandState(tasks, { run: 'a', segment, isNear })

  test('is begun once, and waits for what comes to it soon', () => {
    expect(stateOf([], 5)).toBe('begin')
    for (const state of ['queued', 'running'] as const) expect(stateOf([task(5, state)], 5)).toBe('making')
    expect(stateOf([task(0, 'running')], 5, true)).toBe('making')
    expect(stateOf([task(0, 'running')], 5)).toBe('begin')
    expect(stateOf([task(0, 'running')], 10, true)).toBe('begin')
    expect(stateOf([task(5, 'running', 'b')], 5)).toBe('begin')
  })

  test('is not tried again at once, and bounded', () => {
    expect(stateOf([task(5, 'failed')], 5)).toBe('failed')
    expect(stateOf([task(4, 'failed')], 5, true)).toBe('begin')
    const many = Array.from({ length: 20 }, (_, n) => task(20 * n, 'queued'))
    expect(stateOf(many, 5)).toBe('busy')
    expect(
      stateOf(
        many.map((one) => ({ ...one, state: 'failed' as const })),
        5,
      ),
    ).toBe('begin')
  })

  test('gives way to what is asked for later: at once where that waits, else when some of it is made', () => {
    const own = { run: 'a', segment: 5, made: 0 }
    const own3 = { ...own, made: 3 }
    expect(givesWay([task(5, 'running'), task(90, 'queued')], own)).toBe(true)
    expect(givesWay([task(90, 'queued'), task(5, 'running')], own3)).toBe(false)
    expect([own, own3].map((one) => givesWay([task(5, 'running'), task(90, 'running')], one))).toEqual([false, true])
    expect(givesWay([task(5, 'running'), task(90, 'failed')], own3)).toBe(false)
    expect(givesWay([task(5, 'running'), task(90, 'queued', 'b')], own3)).toBe(false)
    expect(givesWay([], own)).toBe(false)
  })
})

test('when nothing takes the place of a preview, only its name is left, for edges', () => {
  expect(withoutPreview({})).toEqual({})
  const retired = [{ run: 'x', untilMs: 5 }]
  expect(withoutPreview({ preview: { run: 'a', key: 'k' }, retired })).toEqual({
    preview: null,
    retired: [...retired, { run: 'a', untilMs: 0 }],
  })
})
