import { sql } from 'kysely'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { deliveryQueue } from '../../src/adapters/postgres/delivery-queue.ts'
import { isSigned, type Receiver, startReceiver } from '../support/receiver.ts'
import { until } from '../support/until.ts'
import { assetIn, createWorkbench, reasonIn, type Workbench } from './workbench.ts'

let bench: Workbench
let cleanup: AsyncDisposableStack
beforeEach(async () => {
  cleanup = new AsyncDisposableStack()
  bench = cleanup.use(await createWorkbench())
})
afterEach(() => cleanup.disposeAsync())

const receiver = async (...given: Parameters<typeof startReceiver>): Promise<Receiver> =>
  cleanup.use(await startReceiver(...given))
const allSettled = () =>
  until('all is settled', async () => (await bench.states()).every((state) => !state.startsWith('waiting')))
const countOf = async (table: string): Promise<number> => {
  const { rows } = await sql<{ n: number }>`select count(*) as n from ${sql.table(table)}`.execute(
    bench.server.foundation.db,
  )
  return rows[0]?.n ?? -1
}

test('events arrive signed, those of an asset in order, and nothing waits afterwards', async () => {
  const target = await receiver()
  const { secret } = await bench.addWebhook(target.url)
  const assets = await Promise.all(Array.from({ length: 5 }, () => bench.newAsset()))
  for (const n of [1, 2, 3]) for (const id of assets) await bench.tell(id, `${n}`)
  bench.send()
  await allSettled()
  expect(target.received.every((one) => isSigned(one, secret))).toBe(true)
  for (const id of assets) {
    expect(target.received.filter((one) => assetIn(one) === id).map(reasonIn)).toEqual(['1', '2', '3'])
  }
  expect(new Set(target.received.map(({ headers }) => headers['telecine-event-id'])).size).toBe(15)
  expect([await bench.states(), await countOf('webhook_lane')]).toEqual([Array(15).fill('delivered 1'), 0])
})

test('the next event of an asset waits until the one before is delivered, others do not', async () => {
  let isBroken = true
  const target = await receiver((one, response) => {
    response.writeHead(isBroken && reasonIn(one) === 'first' ? 500 : 200).end()
  })
  await bench.addWebhook(target.url)
  const [held, free] = [await bench.newAsset(), await bench.newAsset()]
  await bench.tell(held, 'first')
  await bench.tell(held, 'second')
  await bench.tell(free, 'other')
  bench.send()
  await until('it was tried twice', async () => (await bench.states())[0] === 'waiting 2')
  expect(await bench.states()).toEqual(['waiting 2', 'waiting 0', 'delivered 1'])
  isBroken = false
  await bench.hurry()
  await allSettled()
  expect(target.received.filter((one) => assetIn(one) === held).map(reasonIn)).toEqual([
    ...['first', 'first', 'first', 'second'],
  ])
  const tries = target.received
    .filter((one) => reasonIn(one) === 'first')
    .map(({ headers }) => [headers['telecine-delivery-try'], headers['telecine-event-id']])
  expect(tries).toEqual(['1', '2', '3'].map((n) => [n, tries[0]?.[1]]))
})

test('what is not taken within a day is dead, the next event goes on, and a replay sends it', async () => {
  let isBroken = true
  const target = await receiver((one, response) => {
    response.writeHead(isBroken && reasonIn(one) === 'first' ? 503 : 200).end('not\0now')
  })
  const { id, secret } = await bench.addWebhook(`${target.url}/?token=hidden`)
  const asset = await bench.newAsset()
  await bench.tell(asset, 'first')
  await bench.tell(asset, 'second')
  await sql`update webhook_delivery set queued_at = now() - interval '25 hours'`.execute(bench.server.foundation.db)
  bench.send()
  await allSettled()
  expect(await bench.states()).toEqual(['dead 1', 'delivered 1'])
  const log = bench.logged()
  expect(log).toContain(`"webhook":"${id}"`)
  expect([secret, 'hidden', 'v1='].filter((word) => log.includes(word))).toEqual([])
  const { tenant } = bench.server
  const { deliveries } = Object(await tenant.native('GET', `/webhooks/deliveries?id=${id}&state=dead`))
  expect(deliveries).toMatchObject([{ status: 503, error: 'answered 503: not now', tries: 1 }])
  isBroken = false
  const since = new Date(Date.now() - 60_000).toISOString()
  expect(await tenant.native('POST', '/webhooks/replay', { id, dead_since: since })).toEqual({ replayed: 1 })
  await allSettled()
  expect(target.received.map(reasonIn)).toEqual(['first', 'second', 'first'])
})

test('a receiver that never answers holds up no other one', async () => {
  let [open, most] = [0, 0]
  const silent = await receiver((_, response) => {
    most = Math.max(most, ++open)
    response.on('close', () => open--)
  })
  const fine = await receiver()
  await bench.addWebhook(`${silent.url}/1`)
  await bench.addWebhook(`${silent.url}/2`)
  await bench.addWebhook(fine.url)
  const assets = await Promise.all(Array.from({ length: 60 }, () => bench.newAsset()))
  for (const id of assets) await bench.tell(id, 'x')
  const sender = bench.send()
  await until('the other one has everything', async () => fine.received.length === assets.length)
  // Of each of the silent ones so many are under way, and no more until these end.
  expect(most).toBe(16)
  await silent[Symbol.asyncDispose]()
  await sender.stop()
})

test('what was added as a private address is not called once these are not allowed any more', async () => {
  const target = await receiver()
  const { id } = await bench.addWebhook(target.url.replace('127.0.0.1', 'localhost'))
  await bench.tell(await bench.newAsset(), '1')
  bench.send({ fetchAllowPrivate: false })
  await until('it was tried', async () => (await bench.states())[0] === 'waiting 1')
  const { deliveries } = Object(await bench.server.tenant.native('GET', `/webhooks/deliveries?id=${id}`))
  expect([deliveries[0].error, target.received]).toEqual(['its host has no public address', []])
})

test('what cannot be signed is tried as what is not answered, says so, and is given up', async () => {
  const target = await receiver()
  const { id } = await bench.addWebhook(target.url)
  const { db } = bench.server.foundation
  await sql`update webhook_endpoint set secret_sealed = '\\x00'`.execute(db)
  await bench.tell(await bench.newAsset(), '1')
  bench.send()
  await until('it was tried', async () => (await bench.states())[0] === 'waiting 1')
  const { tenant } = bench.server
  const error = expect.stringMatching(/^its secret does not open/)
  const { deliveries } = Object(await tenant.native('GET', `/webhooks/deliveries?id=${id}`))
  expect(deliveries).toMatchObject([{ error }])
  expect(await tenant.native('POST', '/webhooks/test', { id })).toMatchObject({ accepted: false, error })
  await sql`update webhook_delivery set queued_at = now() - interval '25 hours'`.execute(db)
  await bench.hurry()
  await allSettled()
  expect([await bench.states(), target.received]).toEqual([['dead 2'], []])
})

test('an event that was told of a deleted asset is as it was', async () => {
  const target = await receiver()
  await bench.addWebhook(target.url)
  const { foundation, tenant } = bench.server
  const id = await bench.newAsset()
  await foundation.transactions.write((tx) => tx.record(id, { type: 'cover_made' }))
  await tenant.call('DELETE', '/asset', { query: `asset_id=${id}` })
  bench.send()
  await allSettled()
  expect(target.received.map(({ body }) => JSON.parse(body))).toMatchObject([
    { cover_info: { asset_id: id, title: 'A film', status: 'SUCCEED' } },
  ])
})

test('a fact that is rolled back is told to nobody', async () => {
  await bench.addWebhook('http://127.0.0.1:9')
  const { transactions } = bench.server.foundation
  const id = await bench.newAsset()
  const failing = transactions.write(async (tx) => {
    await tx.record(id, { type: 'cover_made' })
    throw new Error('no')
  })
  await expect(failing).rejects.toThrow('no')
  expect([await countOf('asset_event'), await countOf('webhook_lane')]).toEqual([0, 0])
})

test('endpoints get the kinds that they want, of their own project only', async () => {
  const other = await bench.server.addProject('other')
  await bench.addWebhook('http://127.0.0.1:9/all')
  await bench.addWebhook('http://127.0.0.1:9/created', { events: ['createComplete'] })
  await bench.addWebhook('http://127.0.0.1:9/other', {}, other)
  const id = await bench.newAsset()
  const { transactions, db } = bench.server.foundation
  await transactions.write((tx) => tx.record(id, { type: 'cover_made' }))
  await transactions.write((tx) => tx.record(id, { type: 'probed' }))
  await transactions.write((tx) => tx.record(id, { type: 'cover_chosen' }))
  const { rows } = await sql<{ text: string }>`
    select content->>'kind' || ' ' || url as text from webhook_delivery delivery
    join asset_event event on event.id = event_id join webhook_endpoint endpoint on endpoint.id = endpoint_id
    order by event.happened_at, url`.execute(db)
  expect(rows.map(({ text }) => text.replace('http://127.0.0.1:9', ''))).toEqual([
    ...['coverComplete /all', 'createComplete /all', 'createComplete /created'],
  ])
})

describe('a claim', () => {
  const claim = (leaseSeconds = 60) =>
    deliveryQueue(bench.server.foundation.db).claim({ most: 10, perEndpoint: 5, busy: new Map(), leaseSeconds })
  const delivered = { state: 'delivered', status: 200 } as const
  test('is of the first event of each asset, and of nobody else until its lease is over', async () => {
    await bench.addWebhook('http://127.0.0.1:9')
    const [a, b] = [await bench.newAsset(), await bench.newAsset()]
    for (const n of ['1', '2']) for (const id of [a, b]) await bench.tell(id, n)
    const [first, second] = await Promise.all([claim(), claim()])
    const all = [...first, ...second]
    const told = all.map(({ event: { content } }) => content.outcome)
    expect(told).toEqual(Array(2).fill({ state: 'failed', reason: '1' }))
    expect(new Set(all.map(({ assetId }) => assetId))).toEqual(new Set([a, b]))
    expect(await claim()).toEqual([])
    await bench.hurry()
    expect(await claim()).toHaveLength(2)
  })
  test('that was lost settles nothing', async () => {
    await bench.addWebhook('http://127.0.0.1:9')
    await bench.tell(await bench.newAsset(), '1')
    const queue = deliveryQueue(bench.server.foundation.db)
    const [lost] = await claim(0)
    const [held] = await claim()
    if (!lost || !held) throw new Error('both are claims')
    expect(await queue.settle(lost, { state: 'dead', error: 'too late' })).toBe('lost')
    expect(await queue.settle(held, delivered)).toBe('settled')
    expect(await queue.settle(held, delivered)).toBe('lost')
    expect(await bench.states()).toEqual(['delivered 1'])
  })
  test('takes no more for an endpoint than it may have, and those with the least under way first', async () => {
    const { id } = await bench.addWebhook('http://127.0.0.1:9/busy')
    const { id: other } = await bench.addWebhook('http://127.0.0.1:9/idle')
    for (let n = 0; n < 9; n++) await bench.tell(await bench.newAsset(), '1')
    const queue = deliveryQueue(bench.server.foundation.db)
    const wish = { perEndpoint: 5, busy: new Map([[id, 3]]), leaseSeconds: 60 }
    expect((await queue.claim({ ...wish, most: 4 })).map(({ endpointId }) => endpointId)).toEqual(Array(4).fill(other))
    const more = await queue.claim({ ...wish, most: 100, busy: new Map([...wish.busy, [other, 4]]) })
    const counts = [id, other].map((one) => more.filter(({ endpointId }) => endpointId === one).length)
    expect(counts).toEqual([2, 1])
  })
  test('of a lane in which nothing waits any more ends it', async () => {
    await bench.addWebhook('http://127.0.0.1:9')
    await bench.tell(await bench.newAsset(), '1')
    // As a purge does at the very moment of a replay.
    await sql`delete from asset_event`.execute(bench.server.foundation.db)
    expect([await countOf('webhook_lane'), await claim(), await countOf('webhook_lane')]).toEqual([1, [], 0])
  })
  test('does not outlive its endpoint', async () => {
    const { id } = await bench.addWebhook('http://127.0.0.1:9')
    await bench.tell(await bench.newAsset(), '1')
    const [held] = await claim()
    if (!held) throw new Error('it is due')
    await bench.server.tenant.native('DELETE', `/webhooks?id=${id}`)
    expect(await deliveryQueue(bench.server.foundation.db).settle(held, delivered)).toBe('lost')
    expect([await countOf('webhook_delivery'), await countOf('webhook_lane')]).toEqual([0, 0])
  })
  test('that meets an event just queued behind the last one leaves it its lane', async () => {
    await bench.addWebhook('http://127.0.0.1:9')
    const asset = await bench.newAsset()
    await bench.tell(asset, '1')
    const [held] = await claim()
    if (!held) throw new Error('it is due')
    const { transactions, db } = bench.server.foundation
    let settled: Promise<string> | undefined
    await transactions.write(async (tx) => {
      await tx.record(asset, { type: 'cover_made' })
      settled = deliveryQueue(db).settle(held, delivered)
      const waits = sql<{ n: number }>`
        select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`
      await until('the settling waits', async () => (await waits.execute(db)).rows[0]?.n === 1)
    })
    expect([await settled, await bench.states()]).toEqual(['settled', ['delivered 1', 'waiting 0']])
    expect(await claim()).toHaveLength(1)
  })
})

test('old events are forgotten with their log, but none that still waits', async () => {
  await bench.addWebhook('http://127.0.0.1:9')
  const ids = await Promise.all(Array.from({ length: 3 }, () => bench.newAsset()))
  for (const id of ids) await bench.tell(id, 'x')
  const { db } = bench.server.foundation
  await sql`update webhook_delivery set state = 'delivered' where asset_id = ${ids[0]}`.execute(db)
  await sql`update webhook_delivery set state = 'dead' where asset_id = ${ids[1]}`.execute(db)
  const queue = deliveryQueue(db)
  expect([await queue.purge(new Date(Date.now() - 60_000)), await countOf('asset_event')]).toEqual(['done', 3])
  expect(await queue.purge(new Date(Date.now() + 60_000))).toBe('done')
  expect([await countOf('asset_event'), await bench.states()]).toEqual([1, ['waiting 0']])
})
