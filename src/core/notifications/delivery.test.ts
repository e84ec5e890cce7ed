import { expect, test } from 'vitest'
import { nextTry } from './delivery.ts'

const queuedAt = new Date('2026-01-01T00:00:00Z')
const later = (seconds: number) => new Date(queuedAt.getTime() + seconds * 1000)
const pauses = (random: number) =>
  [1, 2, 3, 10, 11, 400].map((tries) => nextTry({ tries, queuedAt }, { now: later(60), random }))

test('pauses double up to ten minutes, and differ at random', () => {
  const seconds = (numbers: readonly number[]) => numbers.map((pauseSeconds) => ({ state: 'waiting', pauseSeconds }))
  expect(pauses(0.5)).toEqual(seconds([1, 2, 4, 512, 600, 600]))
  expect(pauses(0)).toEqual(seconds([0.5, 1, 2, 256, 300, 300]))
})

test('after a day an event is dead, however often it was tried', () => {
  expect(nextTry({ tries: 1, queuedAt }, { now: later(86_399), random: 0 }).state).toBe('waiting')
  expect(nextTry({ tries: 1, queuedAt }, { now: later(86_400), random: 0 })).toEqual({ state: 'dead' })
})
