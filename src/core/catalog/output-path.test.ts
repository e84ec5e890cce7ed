import { expect, test } from 'vitest'
import { folderPrefix, outputPathDefect } from './output-path.ts'

test.each([
  ['out/board', 'out/board/'],
  ['out/board/', 'out/board/'],
  ['/out/board/', 'out/board/'],
  ['/', ''],
  ['//', ''],
  ['出/片 1', '出/片 1/'],
])('%j is a folder', (path, prefix) => {
  expect([outputPathDefect(path), folderPrefix(path)]).toEqual([undefined, prefix])
})

test.each(['..', '/../', 'a/../b', './a', 'a/.', '///', 'a//b', 'a//', '//a', 'a\u0007b', 'a\nb', 'é'.repeat(401)])(
  '%j is none',
  (path) => {
    expect(outputPathDefect(path)).toMatch(/^must /)
  },
)

test('a path may be as long as leaves room for the names below it', () => {
  expect([outputPathDefect(`/${'é'.repeat(400)}/`), outputPathDefect('...'), outputPathDefect('a..b')]).toEqual([
    ...[undefined, undefined, undefined],
  ])
})
