import { expect, test } from 'vitest'
import { sendWhileKilling } from './killed-sender.ts'

test('nothing is lost or out of order when senders are killed and the receiver fails 30 %', async () => {
  const [assets, eventsEach] = [100, 3]
  const haste = { lifeMs: 400, mostKills: 4, leaseSeconds: 2, longestPauseSeconds: 2 }
  const { kills, refused, accepted, states } = await sendWhileKilling({
    assets,
    eventsEach,
    ...haste,
    patienceMs: 50_000,
  })
  expect(states).toHaveLength(assets * eventsEach)
  expect(states.every((state) => state.startsWith('delivered'))).toBe(true)
  expect([kills, refused].map((count) => count > 1)).toEqual([true, true])
  expect([...accepted.values()]).toEqual(Array(assets).fill(['0', '1', '2']))
})
