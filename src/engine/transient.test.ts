import { expect, test } from 'vitest'
import { isTransient } from './transient.ts'

const coded = (code: string) => Object.assign(new Error('failed'), { code })

test.each(['57P01', '08006', '53300', '40P01', 'ECONNREFUSED', 'ENOENT'])('%s is worth another try', (code) => {
  expect(isTransient(coded(code))).toBe(true)
})

test.each(['23505', '42P01', '22P02'])('%s is not: the transaction itself is wrong', (code) => {
  expect(isTransient(coded(code))).toBe(false)
})

test('errors that the driver gives no code are known by their words', () => {
  expect(isTransient(new Error('Connection terminated unexpectedly'))).toBe(true)
  expect(isTransient(new Error('no rendition'))).toBe(false)
})

test('one refused connection per address counts as one', () => {
  expect(isTransient(new AggregateError([coded('ECONNREFUSED'), coded('ECONNREFUSED')]))).toBe(true)
})
