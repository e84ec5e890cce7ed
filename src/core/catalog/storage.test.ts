import { expect, test } from 'vitest'
import type { AssetId } from '../shared/ids.ts'
import type { Rendition } from './rendition.ts'
import { outputBytes, requireRoom } from './storage.ts'

test('a quota is full when the next byte does not fit, and says what is used and allowed', () => {
  expect(() => requireRoom({ usedBytes: 90, quotaBytes: 100 }, 10)).not.toThrow()
  expect(() => requireRoom({ usedBytes: 90, quotaBytes: 100 }, 11)).toThrow(/"usedBytes":90.*"quotaBytes":100/)
  expect(() => requireRoom({ usedBytes: 99, quotaBytes: 100 }, 0)).not.toThrow()
  expect(() => requireRoom({ usedBytes: 100, quotaBytes: 100 }, 0)).toThrow(/storage_full/)
  expect(() => requireRoom({ usedBytes: 9e15 }, 9e15)).not.toThrow()
})

const one = (format: Rendition['format'], run: string, sizeBytes: number): Rendition => ({
  ...{ assetId: 'a'.repeat(32) as AssetId, run, index: 0, format, width: 0, height: 0, frameRate: 0 },
  ...{ bitRateKbps: 0, durationMs: 0, sizeBytes, frames: 0, playlist: `${format} ${sizeBytes}` },
})

test('segments that HLS and DASH share count once, those of an encrypted HLS and files each for themselves', () => {
  expect(outputBytes([one('HLS', 'r', 10), one('HLS', 'r', 4), one('DASH', 'r', 10), one('DASH', 'r', 4)])).toBe(14)
  expect(outputBytes([one('HLS', 'r', 10), one('DASH', 'clear', 10), one('MP4', 'r', 10)])).toBe(30)
  expect(outputBytes([])).toBe(0)
})
