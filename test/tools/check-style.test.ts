import { expect, test } from 'vitest'
import { checkStyle } from '../../scripts/check-style.ts'
import { sourceFixture } from './source-fixture.ts'

const violationsOf = (text: string): readonly string[] => {
  using fixture = sourceFixture({ 'src/a.ts': text })
  return checkStyle(fixture.root, ['src']).violations
}

const lines = (count: number): string => 'x()\n'.repeat(count)

test('short, plain code passes', () => {
  expect(violationsOf('export const add = (a: number, b: number, c: unknown) => [a + b, c]\n')).toEqual([])
})

test.each([
  ['a file of 501 lines', lines(501), /src\/a.ts: 501 lines; at most 500/],
  ['many files of 301 lines', lines(301), /p95 of files is 301 lines; at most 300/],
  ['a function of 101 lines', `const f = () => {\n${lines(99)}}\n`, /src\/a.ts:1: 101 lines; at most 100/],
  ['many functions of 51 lines', `function f() {\n${lines(49)}}\n`, /p95 of functions is 51 lines; at most 50/],
  ['four parameters', 'const f = (a, b, c, d) => a\n', /src\/a.ts:1: 4 positional parameters/],
  ['four parameters of a port', 'interface P { f(a: A, b: B, c: C, d: D): void }\n', /4 positional parameters/],
  ['any', 'let x\nlet y: readonly any[]\n', /src\/a.ts:2: `any`/],
  ['a non-null assertion', 'y = x!.z\n', /src\/a.ts:1: `!`/],
  ['vi.mock', `vi.mock('pg')\n`, /a module mock/],
  ['vi.doMock', `vi.doMock('pg')\n`, /a module mock/],
  ['jest.mock', `jest.mock('pg')\n`, /a module mock/],
  ['a spy on a module', `import * as fs from 'node:fs'\nvi.spyOn(fs, 'read')\n`, /src\/a.ts:2: a module mock/],
])('%s is refused', (_, text, violation) => {
  expect(violationsOf(text)).toContainEqual(expect.stringMatching(violation))
})

test('a group of tests is as long as its tests, but a long test is a long function', () => {
  const group = (inside: string) => `const suite = () => {\n  describe('it', () => {\n${inside}})\n}\n`
  const short = Array.from({ length: 60 }, () => "test('x', () => {\n})\n").join('')
  expect(violationsOf(group(short))).toEqual([])
  const long = `test.each([1])('x', () => {\n${lines(100)}})\n`
  expect(violationsOf(group(short + long))).toEqual([expect.stringContaining('102 lines; at most 100')])
})
