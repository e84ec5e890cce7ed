import pino from 'pino'
import { expect, test } from 'vitest'
import type { Claim, StepId } from './engine.ts'
import { ABANDONED_AT_ONCE, createReaper } from './reaper.ts'

const claim = (taskId: string): Claim => ({
  taskId,
  number: 0,
  stepId: '1' as StepId,
  subject: 'asset',
  tenant: 'project',
  kind: 'work',
  queue: 'light',
  input: {},
  attempt: 1,
  suspect: 0,
  deaths: 0,
  triedSeconds: 0,
  retryLimit: 3,
  retrySeconds: 3600,
})

const reaperOf = () => {
  const world = {
    ...{ nowMs: 0, strays: [claim('a')], abandoned: [] as string[], old: 0, purges: 0 },
    abandon: async (_: Claim): Promise<void> => undefined,
  }
  const purge = async (): Promise<'more' | 'done'> => {
    world.purges++
    world.old = Math.max(0, world.old - 1_000)
    return world.old > 0 ? 'more' : 'done'
  }
  const reaper = createReaper({
    engine: { strayClaims: async () => world.strays, purge },
    abandon: async (one) => {
      world.abandoned.push(one.taskId)
      await world.abandon(one)
    },
    logger: pino({ level: 'silent' }),
    nowMs: () => world.nowMs,
  })
  const sweepAt = async (nowMs: number, standing: 'leader' | 'follower' = 'leader') => {
    world.nowMs = nowMs
    await reaper.sweep(standing)
    return world.abandoned.length
  }
  return { world, sweepAt, reaper }
}

test('a claim is given away when two sweeps find it abandoned', async () => {
  const { sweepAt } = reaperOf()
  expect([await sweepAt(0), await sweepAt(250)]).toEqual([0, 1])
})

test('a claim whose worker came back between two sweeps is left alone', async () => {
  const { world, sweepAt } = reaperOf()
  await sweepAt(0)
  world.strays = []
  await sweepAt(250)
  world.strays = [claim('a')]
  expect(await sweepAt(500)).toBe(0)
})

test('who was frozen itself gives the others five seconds before it judges', async () => {
  const { sweepAt } = reaperOf()
  await sweepAt(0)
  const counts = []
  for (let ms = 60_000; ms < 64_900; ms += 250) counts.push(await sweepAt(ms))
  expect(new Set(counts)).toEqual(new Set([0]))
  for (let ms = 65_000; ms < 66_000; ms += 250) await sweepAt(ms)
  expect(await sweepAt(66_000)).toBeGreaterThan(0)
})

test('a follower looks once a second', async () => {
  const { sweepAt } = reaperOf()
  await sweepAt(0, 'follower')
  expect([await sweepAt(250, 'follower'), await sweepAt(750, 'follower'), await sweepAt(1000, 'follower')]).toEqual([
    0, 0, 1,
  ])
})

test('every ten minutes old steps are forgotten, in one batch per sweep until none is left', async () => {
  const { world, sweepAt } = reaperOf()
  world.old = 2_500
  // Without a gap, as the loop sweeps.
  for (let ms = 0; ms <= 600_000; ms += 1_000) await sweepAt(ms)
  expect(world.purges).toBe(0)
  for (let ms = 601_000; ms <= 610_000; ms += 1_000) await sweepAt(ms)
  expect([world.purges, world.old]).toEqual([3, 0])
})

test('a claim that cannot be given away yet holds up no others, is not begun twice, and is waited for in the end', async () => {
  const { world, sweepAt, reaper } = reaperOf()
  const lock = Promise.withResolvers<void>()
  world.strays = ['locked', 'b', 'c'].map(claim)
  world.abandon = ({ taskId }) => (taskId === 'locked' ? lock.promise : Promise.resolve())
  await sweepAt(0)
  await sweepAt(250)
  expect(world.abandoned).toEqual(['locked', 'b', 'c'])
  world.strays = ['locked', 'd'].map(claim)
  await sweepAt(500)
  await sweepAt(750)
  expect(world.abandoned).toEqual(['locked', 'b', 'c', 'd'])
  let isOver = false
  const over = reaper[Symbol.asyncDispose]().then(() => {
    isOver = true
  })
  await Promise.resolve()
  expect(isOver).toBe(false)
  lock.resolve()
  await over
})

test('a few claims are given away at a time, the next as soon as one of them is, also when that fails', async () => {
  const { world, sweepAt, reaper } = reaperOf()
  const locks = Array.from({ length: ABANDONED_AT_ONCE }, () => Promise.withResolvers<void>())
  world.strays = Array.from({ length: ABANDONED_AT_ONCE + 2 }, (_, n) => claim(`${n}`))
  world.abandon = async ({ taskId }) => locks[Number(taskId)]?.promise
  await sweepAt(0)
  await sweepAt(250)
  expect(world.abandoned).toHaveLength(ABANDONED_AT_ONCE)
  locks[0]?.reject(new Error('constraint'))
  await expect.poll(() => world.abandoned).toHaveLength(ABANDONED_AT_ONCE + 2)
  for (const { resolve } of locks) resolve()
  await reaper[Symbol.asyncDispose]()
})
