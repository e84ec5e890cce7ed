import { expect, test } from 'vitest'
import { boundReason, reasonOf } from './reason.ts'

test('a reason is cut to 500 characters, never within one', () => {
  expect(boundReason('short')).toBe('short')
  const long = boundReason('🎬'.repeat(600))
  expect([[...long].length, long.endsWith('🎬…')]).toEqual([500, true])
})

test('whatever was thrown has a reason that PostgreSQL can store', () => {
  expect([reasonOf(new Error('a\u0000b')), reasonOf('text'), reasonOf(undefined)]).toEqual(['ab', 'text', 'undefined'])
})
