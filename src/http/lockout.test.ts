import { expect, test } from 'vitest'
import { createLockout, networkOf } from './lockout.ts'
import { createMinuteCounter } from './rate-limit.ts'

test('the sixth failure in a row locks for five minutes; a success before starts anew', () => {
  let nowMs = 0
  const lockout = createLockout(() => new Date(nowMs))
  const subject = { name: 'key', address: '192.0.2.1' }
  const fail = (times: number) => {
    for (let n = 0; n < times; n++) lockout.failed(subject)
  }
  fail(5)
  expect(lockout.lockedSeconds(subject)).toBeUndefined()
  lockout.succeeded(subject)
  fail(5)
  expect(lockout.lockedSeconds(subject)).toBeUndefined()
  fail(1)
  expect(lockout.lockedSeconds(subject)).toBe(300)
  nowMs = 299_999
  fail(3)
  expect(lockout.lockedSeconds(subject), 'not prolonged').toBe(1)
  nowMs = 300_000
  expect(lockout.lockedSeconds(subject)).toBeUndefined()
  fail(5)
  expect(lockout.lockedSeconds(subject)).toBeUndefined()
})

test('only that key from that address is locked', () => {
  const lockout = createLockout(() => new Date(0))
  for (let n = 0; n < 6; n++) lockout.failed({ name: 'key', address: '2001:db8::1' })
  expect(lockout.lockedSeconds({ name: 'key', address: '2001:db8::2' }), 'the same customer').toBe(300)
  expect(lockout.lockedSeconds({ name: 'key', address: '2001:db8:0:1::1' })).toBeUndefined()
  expect(lockout.lockedSeconds({ name: 'other', address: '2001:db8::1' })).toBeUndefined()
})

test('memory is bounded: the oldest row is forgotten', () => {
  const lockout = createLockout(() => new Date(0))
  const first = { name: 'first', address: '192.0.2.1' }
  for (let n = 0; n < 6; n++) lockout.failed(first)
  for (let n = 1; n < 10_000; n++) lockout.failed({ name: `name-${n}`, address: '192.0.2.1' })
  expect(lockout.lockedSeconds(first)).toBe(300)
  lockout.failed({ name: 'one more', address: '192.0.2.1' })
  expect(lockout.lockedSeconds(first)).toBeUndefined()
})

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
  ['2001:db8::6', '2001:db8:0:0'],
  ['::1', '0:0:0:0'],
  ['fe80::1%eth0', 'fe80:0:0:0'],
])('%s is of network %s', (address, network) => {
  expect(networkOf(address)).toBe(network)
})

test('a call counts for all its quotas or for none, until the minute is over', () => {
  let nowMs = 59_000
  const counter = createMinuteCounter(() => new Date(nowMs))
  const own = { key: 'one', perMinute: 1 }
  const overall = { key: 'all', perMinute: 2 }
  expect(counter.take([own, overall])).toBeUndefined()
  expect(counter.take([own, overall])).toEqual(own)
  expect(counter.take([{ key: 'two', perMinute: 1 }, overall]), 'the refused one took nothing').toBeUndefined()
  expect(counter.take([{ key: 'three', perMinute: 1 }, overall])).toEqual(overall)
  expect(counter.secondsLeft()).toBe(1)
  nowMs = 60_000
  expect(counter.take([own, overall])).toBeUndefined()
})
