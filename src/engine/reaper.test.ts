import pino from 'pino'
import { expect, test } from 'vitest'
import type { Claim, StepId } from './engine.ts'
import { createReaper } from './reaper.ts'

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
  const world = { nowMs: 0, strays: [claim('a')], abandoned: [] as string[], old: 0, purges: 0 }
  const purge = async (): Promise<'more' | 'done'> => {
    world.purges++
    world.old = Math.max(0, world.old - 1_000)
    return world.old > 0 ? 'more' : 'done'
  }
  const sweep = createReaper({
    engine: { strayClaims: async () => world.strays, purge },
    abandon: async ({ taskId }) => {
      world.abandoned.push(taskId)
    },
    logger: pino({ level: 'silent' }),
    nowMs: () => world.nowMs,
  })
  const sweepAt = async (nowMs: number, standing: 'leader' | 'follower' = 'leader') => {
    world.nowMs = nowMs
    await sweep(standing)
    return world.abandoned.length
  }
  return { world, sweepAt }
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
