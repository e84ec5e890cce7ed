import { expect, test } from 'vitest'
import { createEngineUnderTest, type EngineUnderTest } from './engine-under-test.ts'

const WORKER = 1

/** The tenants of the next tasks, in the order in which single claims get them. */
const nextTenants = async ({ engine }: EngineUnderTest, count: number): Promise<readonly string[]> => {
  const tenants: string[] = []
  for (let n = 0; n < count; n++) tenants.push(...(await engine.fetch('chunk', 1, WORKER)).map(({ tenant }) => tenant))
  return tenants
}

const numbers = (length: number) => Array.from({ length }, (_, n) => n)

test("one tenant's single task is among the next few although another has a thousand waiting", async () => {
  await using under = await createEngineUnderTest()
  await under.start({ tenant: 'a', queue: 'chunk', inputs: numbers(1000) })
  expect(await nextTenants(under, 50)).toEqual(numbers(50).map(() => 'a'))
  await under.start({ tenant: 'b', queue: 'chunk', inputs: [0] })
  expect(await nextTenants(under, 3)).toContain('b')
})

test('tenants with a backlog take turns, however late one came and however its work arrived', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ tenant: 'a', queue: 'chunk', inputs: numbers(200) })
  await nextTenants(under, 100)
  for (const _ of numbers(20)) await under.start({ tenant: 'b', queue: 'chunk', inputs: [0] })
  const tenants = await nextTenants(under, 40)
  const shareOfA = tenants.filter((tenant) => tenant === 'a').length
  expect(shareOfA).toBeGreaterThanOrEqual(19)
  expect(shareOfA).toBeLessThanOrEqual(21)
})

test('a tenant is charged by cost', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ tenant: 'long', queue: 'chunk', inputs: numbers(20), cost: 4 })
  await under.start({ tenant: 'short', queue: 'chunk', inputs: numbers(60) })
  const tenants = await nextTenants(under, 50)
  expect(tenants.filter((tenant) => tenant === 'long')).toHaveLength(10)
})

test('who is alone does not lose its turn to a newcomer by what it has used already', async () => {
  await using under = await createEngineUnderTest()
  await under.start({ tenant: 'a', queue: 'chunk', inputs: numbers(30) })
  await nextTenants(under, 30)
  await under.start({ tenant: 'b', queue: 'chunk', inputs: numbers(20) })
  await under.start({ tenant: 'a', queue: 'chunk', inputs: [0] })
  expect(await nextTenants(under, 4)).toContain('a')
})
