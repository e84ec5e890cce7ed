import { expect, test } from 'vitest'
import { hashedPath, namePath, plainPath } from './local-layout.ts'

test('a key that a file system can hold is a path', () => {
  expect(plainPath('a/b c+&%/视频.mp4')).toEqual(['a', 'b c+&%', '视频.mp4'])
  expect(plainPath('...')).toEqual(['...'])
  expect(plainPath('é'.repeat(127))).toEqual(['é'.repeat(127)])
})

test.for([
  '',
  '/a',
  'a/',
  'a//b',
  '.',
  'a/../b',
  './a',
  'a\0b',
  '.telecine',
  'a/.telecine/b',
  '.Telecine/a',
  'é'.repeat(128),
])('a key that no file system can hold has no path: %j', (key) => {
  expect(plainPath(key)).toBeUndefined()
})

test('such keys lie under the hash of their bytes, with the name beside', () => {
  const hash = 'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb'
  expect(hashedPath('a')).toEqual(['.telecine', 'keys', hash])
  expect(namePath('a')).toEqual(['.telecine', 'keys', `${hash}.name`])
})
