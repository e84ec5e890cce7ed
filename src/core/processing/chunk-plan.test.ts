import { describe, expect, test } from 'vitest'
import { isDivisible } from '../catalog/divisible.ts'
import type { SourceMedia, SourceVideo } from '../catalog/media.ts'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import { partsOf } from './chunk-plan.ts'
import type { EncodePlan } from './encode-plan.ts'
import { planEncode } from './ladder.ts'

const VIDEO: SourceVideo = {
  ...{ stream: 0, codec: 'h264', width: 1280, height: 720, codedWidth: 1280, codedHeight: 720, anamorphic: false },
  ...{ rotation: 0, frameRate: 25, variableFrameRate: false, interlaced: false, hdr: false, pixelFormat: 'yuv420p' },
}
const FILM: SourceMedia = {
  ...{ container: 'mov,mp4,m4a,3gp,3g2,mj2', durationMs: 200_000, bitRateKbps: 5000, audioStreams: 1, video: VIDEO },
  audio: { stream: 1, codec: 'aac', channels: 2, sampleRate: 48_000 },
}

const parts = (media: SourceMedia, chunkSeconds: number, change: Partial<EncodePlan> = {}) =>
  partsOf({ ...planEncode(media, SYSTEM_SETTINGS), ...change }, chunkSeconds)

describe('the parts of a film', () => {
  test('are its sound, and chunks of whole segments, of which the last one takes what is left', () => {
    expect(parts(FILM, 60)).toEqual([
      { type: 'rest' },
      { type: 'chunk', startSeconds: 0, endSeconds: 60 },
      { type: 'chunk', startSeconds: 60, endSeconds: 120 },
      { type: 'chunk', startSeconds: 120 },
    ])
    expect(parts(FILM, 61, { segmentSeconds: 10 }).slice(1)).toEqual([
      { type: 'chunk', startSeconds: 0, endSeconds: 70 },
      { type: 'chunk', startSeconds: 70 },
    ])
  })

  test('are chunks alone where there is nothing else', () => {
    const { audio: _, ...silent } = FILM
    expect(parts(silent, 60)).toHaveLength(3)
  })

  test('are none where it is as well done in one piece', () => {
    expect(isDivisible({ ...FILM, durationMs: 120_000 })).toBe(false)
    expect(parts(FILM, 150)).toEqual([])
    const { rungs } = planEncode(FILM, SYSTEM_SETTINGS)
    expect(parts(FILM, 60, { rungs: rungs.map((rung) => ({ ...rung, copied: true })) })).toEqual([])
  })

  test('are none where frames depend on all that were before', () => {
    const { rungs } = planEncode(FILM, SYSTEM_SETTINGS)
    expect(parts(FILM, 60, { rungs: rungs.map((rung) => ({ ...rung, frames: { keep: 'rate' } })) })).toEqual([])
  })

  test('are no more than some thousands, whatever a header says', () => {
    const years = { ...FILM, durationMs: 10 * 365 * 86_400_000 }
    expect(parts(years, 60).length).toBeLessThan(2_100)
  })

  test('are none where files would be written of more frames than a join can hold', () => {
    const { outputs } = planEncode(FILM, SYSTEM_SETTINGS)
    const files = outputs.map((output) => ({ ...output, format: 'MP4' as const }))
    expect(parts({ ...FILM, durationMs: 4 * 3_600_000 }, 60, { outputs: files }).length).toBeGreaterThan(200)
    expect(parts({ ...FILM, durationMs: 24 * 3_600_000 }, 60, { outputs: files })).toEqual([])
    expect(parts({ ...FILM, durationMs: 24 * 3_600_000 }, 60).length).toBeGreaterThan(1_000)
  })

  test('need a container that leads to every frame, and frames that come evenly', () => {
    expect(isDivisible({ ...FILM, container: 'matroska,webm' })).toBe(true)
    for (const container of ['mpegts', 'flv', 'avi', 'mpeg']) expect(isDivisible({ ...FILM, container })).toBe(false)
    expect(isDivisible({ ...FILM, video: { ...VIDEO, variableFrameRate: true } })).toBe(false)
  })
})
