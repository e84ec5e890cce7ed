import { expect, test } from 'vitest'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'
import { outputParameters } from './output-parameters.ts'

const source = { bucket: 'vod', key: 'film.mp4', sizeBytes: 1, etag: 'e' }
const { outputs, segmentSeconds, ...codecs } = SYSTEM_SETTINGS

test('equal settings of the same source are the same parameters, in whatever order they are told', () => {
  const parameters = outputParameters(source, { ...codecs, outputs, segmentSeconds })
  expect(parameters).toMatch(/^[0-9a-f]{32}$/)
  expect(outputParameters({ ...source, key: 'elsewhere.mp4' }, { segmentSeconds, outputs, ...codecs })).toBe(parameters)
})

test('another setting, another order of outputs, or another version of the source are other parameters', () => {
  const all = [
    outputParameters(source, SYSTEM_SETTINGS),
    outputParameters(source, { ...codecs, outputs, segmentSeconds: 2 }),
    outputParameters(source, { ...codecs, outputs: outputs.toReversed(), segmentSeconds }),
    outputParameters({ ...source, etag: 'f' }, SYSTEM_SETTINGS),
    outputParameters({ ...source, sizeBytes: 2 }, SYSTEM_SETTINGS),
  ]
  expect(new Set(all).size).toBe(all.length)
})
