import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import { decide } from './decide.ts'
import { asset } from './decide-fixtures.ts'

test('a transcode is followed by a sweep when earlier tries may have left files', () => {
  expect(decide(asset, { type: 'transcoded', repeated: false }).start).toEqual([{ step: 'index' }])
  expect(decide(asset, { type: 'transcoded', repeated: true }).start).toContainEqual({ step: 'sweep' })
})

test('a film that was remuxed is decoded afterwards, and one that was encoded is not', () => {
  const film: Asset = { ...asset, transcode: { state: 'succeeded' } }
  const remux: Asset = { ...film, transcodeSettings: { ...SYSTEM_SETTINGS, remux: true } }
  const steps = (of: Asset) => decide(of, { type: 'transcoded', repeated: false }).start.map(({ step }) => step)
  expect([steps(film), steps(remux)]).toEqual([['index'], ['index', 'storyboard', 'inspect']])
})

test('cancelled work includes the decode and the storyboard of a remux, which begin again', () => {
  const remux: Asset = {
    ...asset,
    transcode: { state: 'succeeded' },
    transcodeSettings: { ...SYSTEM_SETTINGS, remux: true },
  }
  const steps = (of: Asset) => decide(of, { type: 'work_cancelled', ended: [] }).start.map(({ step }) => step)
  expect(steps(remux)).toEqual(expect.arrayContaining(['inspect', 'storyboard']))
  expect(steps({ ...remux, storyboardSheets: 1 })).not.toContain('storyboard')
})
