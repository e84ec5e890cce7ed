import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { isSigned, type Receiver, startReceiver } from '../support/receiver.ts'
import { insertAsset, outcomeOf } from './asset-fixtures.ts'
import { type ContractServer, startContractServer, type Tenant } from './support.ts'

let server: ContractServer
let receiver: Receiver
let tenant: Tenant
beforeAll(async () => {
  server = await startContractServer({ TELECINE_FETCH_ALLOW_PRIVATE: 'true' })
  receiver = await startReceiver(({ path }, response) => {
    if (path === '/silent') return
    if (path === '/redirect') response.setHeader('location', '/elsewhere')
    response.writeHead(path === '/redirect' ? 302 : path === '/broken' ? 500 : 200).end(`you called ${path}`)
  })
  tenant = server.tenant
})
afterAll(async () => {
  await receiver[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

const add = async (path: string, more: object = {}, by = tenant) =>
  Object(await by.native('POST', '/webhooks', { url: receiver.url + path, ...more }))
const listed = async (by = tenant) => Object(await by.native('GET', '/webhooks')).webhooks
const remove = (id: string, by = tenant) => by.native('DELETE', `/webhooks?id=${id}`)
const deliveries = async (query: string) => Object(await tenant.native('GET', `/webhooks/deliveries?${query}`))

const ALL = [
  'createComplete',
  'transcodeComplete',
  'thumbnailComplete',
  'coverComplete',
  'audioExtractComplete',
  'reviewComplete',
]

describe('a webhook', () => {
  test('is added with a secret that is shown once, listed and removed', async () => {
    const made = await add('/a?token=1', { events: ['coverComplete', 'coverComplete'], format: 'raw' })
    expect(made).toEqual({
      ...{ id: expect.stringMatching(/^[0-9a-f]{32}$/), url: `${receiver.url}/a?token=1`, format: 'raw' },
      ...{ events: ['coverComplete'], created_at: expect.any(String) },
      secret: expect.stringMatching(/^whsec_[\w-]{43}$/),
    })
    const { secret, ...rest } = made
    const other = await add('/b')
    expect([other.events, other.format, other.secret === secret]).toEqual([ALL, 'envelope', false])
    const { secret: _, ...otherRest } = other
    expect(await listed()).toEqual([rest, otherRest])
    for (const { id } of await listed()) await remove(id)
    expect(await listed()).toEqual([])
    expect(await outcomeOf(remove(made.id))).toBe('404 TELECINE.0404')
  })
  test('has its secret in the database sealed only', async () => {
    const { id, secret } = await add('/sealed')
    const row = await server.foundation.db
      .selectFrom('webhook_endpoint')
      .selectAll()
      .where('id', '=', id)
      .executeTakeFirstOrThrow()
    expect(JSON.stringify(row)).not.toContain(secret)
    expect(Buffer.from(row.secret_sealed).includes(secret)).toBe(false)
    await remove(id)
  })
  test('of another project does not exist', async () => {
    const other = await server.addProject('other-webhooks')
    const { id } = await add('/theirs')
    expect(await listed(other)).toEqual([])
    const refused = [
      remove(id, other),
      other.native('POST', '/webhooks/test', { id }),
      other.native('GET', `/webhooks/deliveries?id=${id}`),
      other.native('POST', '/webhooks/replay', { id, delivery_id: 1 }),
      other.native('POST', '/webhooks/replay', { id, dead_since: '2026-01-01T00:00:00Z' }),
    ]
    expect(await Promise.all(refused.map(outcomeOf))).toEqual(refused.map(() => '404 TELECINE.0404'))
    await remove(id)
  })
  test('is one of ten at most', async () => {
    const crowd = await server.addProject('crowd')
    const outcomes = await Promise.all(Array.from({ length: 12 }, (_, n) => outcomeOf(add(`/${n}`, {}, crowd))))
    expect(outcomes.toSorted()).toEqual(['409 TELECINE.0409', '409 TELECINE.0409', ...Array(10).fill('accepted')])
  })
  test.each<[object]>([
    [{ url: undefined }],
    [{ url: '' }],
    [{ url: 7 }],
    [{ url: 'example.com/hook' }],
    [{ url: 'ftp://example.com/' }],
    [{ url: 'javascript:alert(1)' }],
    [{ url: 'https://user:pw@example.com/' }],
    [{ url: 'https://example.com/#a' }],
    [{ url: `https://example.com/${'k'.repeat(1024)}` }],
    [{ url: `https://example.com/${'ä'.repeat(300)}` }],
    [{ events: [] }],
    [{ events: ['deleteComplete'] }],
    [{ events: ['CreateComplete'] }],
    [{ events: 'createComplete' }],
    [{ events: [7] }],
    [{ events: Array(21).fill('createComplete') }],
    [{ format: 'xml' }],
    [{ format: 1 }],
  ])('is not made of %j', async (wrong) => {
    const before = await listed()
    expect(await outcomeOf(add('/', wrong))).toBe('400 VOD.10053')
    expect(await listed()).toEqual(before)
  })
  test.each([
    ['POST', '/webhooks/test', {}],
    ['POST', '/webhooks/test', { id: '' }],
    ['POST', '/webhooks/test', { id: 7 }],
    ['POST', '/webhooks/test', { id: 'x'.repeat(129) }],
    ['DELETE', '/webhooks', undefined],
    ['DELETE', `/webhooks?id=${'x'.repeat(129)}`, undefined],
    ['GET', '/webhooks/deliveries', undefined],
  ] as const)('is not named by %s %s %j', async (method, path, body) => {
    expect(await outcomeOf(tenant.native(method, path, body))).toBe('400 VOD.10053')
  })
  test('is unknown by any other id', async () => {
    for (const id of ['0'.repeat(32), 'nonsense', 'A'.repeat(32)]) {
      const calls = [
        tenant.native('POST', '/webhooks/test', { id }),
        remove(id),
        tenant.native('GET', `/webhooks/deliveries?id=${id}`),
        tenant.native('POST', '/webhooks/replay', { id, delivery_id: 1 }),
      ]
      expect(await Promise.all(calls.map(outcomeOf))).toEqual(calls.map(() => '404 TELECINE.0404'))
    }
  })
})

test('a private address is refused unless the setting allows it, and nothing is sent there', async () => {
  await using strict = await startContractServer()
  const before = receiver.received.length
  for (const host of ['127.0.0.1', 'localhost', '[::1]', '10.0.0.1', '169.254.169.254', '0x7f000001', 'no.invalid']) {
    const url = receiver.url.replace('127.0.0.1', host)
    expect([host, await outcomeOf(strict.tenant.native('POST', '/webhooks', { url }))]).toEqual([host, '400 VOD.10053'])
  }
  expect(await listed(strict.tenant)).toEqual([])
  const made = await strict.tenant.native('POST', '/webhooks', { url: 'https://1.1.1.1/hook' })
  expect([made['url'], receiver.received.length]).toEqual(['https://1.1.1.1/hook', before])
})

describe('a test of a webhook', () => {
  const tried = async (path: string, more: object = {}) => {
    const { id, secret } = await add(path, more)
    const answer = Object(await tenant.native('POST', '/webhooks/test', { id }))
    await remove(id)
    return { answer, secret, id, last: receiver.received.at(-1) }
  }
  test('tells what came back, and is signed as an event is', async () => {
    const { answer, secret, id, last } = await tried('/fine?x=1')
    const accepted = { accepted: true, status: 200, answer: 'you called /fine?x=1', duration_ms: expect.any(Number) }
    expect(answer).toEqual(accepted)
    if (!last) throw new Error('nothing was received')
    expect([isSigned(last, secret), isSigned(last, `${secret}x`)]).toEqual([true, false])
    const body = JSON.parse(last.body)
    expect(body).toEqual({
      ...{ type: 'Notification', message_id: last.headers['telecine-event-id'], subject: 'test' },
      ...{ topic_urn: `urn:smn:cn-north-4:${tenant.projectId}:telecine-${id}`, timestamp: expect.any(String) },
      message: JSON.stringify({ event_type: 'test', test_info: { webhook_id: id } }),
    })
  })
  test('of a raw webhook is the bare event', async () => {
    const { last, id, secret } = await tried('/raw', { format: 'raw' })
    expect(last && [JSON.parse(last.body), isSigned(last, secret)]).toEqual([
      { event_type: 'test', test_info: { webhook_id: id } },
      true,
    ])
  })
  test('tells of a failure, and follows no redirect', async () => {
    expect((await tried('/broken')).answer).toMatchObject({
      accepted: false,
      status: 500,
      answer: 'you called /broken',
    })
    const { answer, last } = await tried('/redirect')
    expect([answer.accepted, answer.status, last?.path]).toEqual([false, 302, '/redirect'])
  })
  test('tells why nobody answered', async () => {
    const gone = await startReceiver()
    await gone[Symbol.asyncDispose]()
    const { id } = await add('', { url: gone.url })
    const answer = await tenant.native('POST', '/webhooks/test', { id })
    expect(answer).toEqual({
      ...{ accepted: false, duration_ms: expect.any(Number), error: 'could not be reached (ECONNREFUSED)' },
    })
    await remove(id)
  })
  test('ends by itself when no answer comes', async () => {
    const { answer } = await tried('/silent')
    expect(answer).toMatchObject({ accepted: false, error: 'gave no answer within 10 s' })
  })
})

describe('the delivery log', () => {
  const failTranscode = async () => {
    const { foundation } = server
    const id = await insertAsset(server, tenant, { transcode: { state: 'failed', reason: 'it broke' } })
    await foundation.transactions.write((tx) => tx.record(id, { type: 'transcode_failed' }))
    return id
  }
  test('pages what is sent, newest first, and replays what was settled', async () => {
    const { id } = await add('/logged', { events: ['transcodeComplete'] })
    const assets = [await failTranscode(), await failTranscode(), await failTranscode()]
    const all = await deliveries(`id=${id}`)
    expect(all.total).toBe(3)
    expect(all.deliveries.map(({ asset_id }: { asset_id: string }) => asset_id)).toEqual(assets.toReversed())
    expect(all.deliveries[0]).toEqual({
      ...{ delivery_id: expect.any(Number), event_id: expect.stringMatching(/^[0-9a-f]{32}$/), asset_id: assets[2] },
      ...{ event_type: 'transcodeComplete', happened_at: expect.any(String), state: 'waiting', tries: 0 },
    })
    expect((await deliveries(`id=${id}&page=1&size=2`)).deliveries).toEqual([all.deliveries[2]])
    expect(await deliveries(`id=${id}&state=dead`)).toEqual({ total: 0, deliveries: [] })

    const { db } = server.foundation
    const deadAt = new Date('2026-01-02T00:00:00Z')
    const dead = { state: 'dead', tries: 9, tried_at: deadAt, error: 'answered 500' }
    await db.updateTable('webhook_delivery').set(dead).where('endpoint_id', '=', id).execute()
    await db.deleteFrom('webhook_lane').where('endpoint_id', '=', id).execute()
    expect((await deliveries(`id=${id}&state=dead`)).deliveries[0]).toMatchObject({
      state: 'dead',
      error: 'answered 500',
    })
    const replay = (what: object) => tenant.native('POST', '/webhooks/replay', { id, ...what })
    expect(await replay({ dead_since: '2026-01-02T00:00:01Z' })).toEqual({ replayed: 0 })
    expect(await replay({ delivery_id: all.deliveries[0].delivery_id })).toEqual({ replayed: 1 })
    expect(await deliveries(`id=${id}&state=waiting`)).toMatchObject({ total: 1, deliveries: [{ tries: 0 }] })
    expect(await replay({ dead_since: '2026-01-02T00:00:00.000Z' })).toEqual({ replayed: 2 })
    expect(await deliveries(`id=${id}&state=waiting`)).toMatchObject({ total: 3 })
    expect(await db.selectFrom('webhook_lane').select('asset_id').where('endpoint_id', '=', id).execute()).toHaveLength(
      3,
    )
    await remove(id)
  })
  test.each<[object]>([
    [{}],
    [{ delivery_id: 1, dead_since: '2026-01-01T00:00:00Z' }],
    [{ delivery_id: 0 }],
    [{ delivery_id: 1.5 }],
    [{ delivery_id: 'first' }],
    [{ dead_since: 'yesterday' }],
    [{ dead_since: '2026-02-30T00:00:00Z' }],
    [{ dead_since: '2026-01-01' }],
    [{ dead_since: '2026-01-01T00:00:00+08:00' }],
    [{ dead_since: 20_260_101 }],
    [{ dead_since: 'x'.repeat(41) }],
  ])('is not replayed by %j', async (what) => {
    const { id } = await add('/replayed')
    expect(await outcomeOf(tenant.native('POST', '/webhooks/replay', { id, ...what }))).toBe('400 VOD.10053')
    await remove(id)
  })
  test('has no delivery of another webhook', async () => {
    const [one, two] = [await add('/one'), await add('/two', { events: ['coverComplete'] })]
    await failTranscode()
    const [{ delivery_id }] = (await deliveries(`id=${one.id}`)).deliveries
    const replay = (id: string, delivery: number) =>
      outcomeOf(tenant.native('POST', '/webhooks/replay', { id, delivery_id: delivery }))
    expect(await deliveries(`id=${two.id}`)).toEqual({ total: 0, deliveries: [] })
    expect(await replay(two.id, delivery_id)).toBe('404 TELECINE.0404')
    expect(await replay(one.id, Number.MAX_SAFE_INTEGER)).toBe('404 TELECINE.0404')
    await Promise.all([remove(one.id), remove(two.id)])
  })
  test.each(['page=-1', 'page=x', 'size=0', 'size=101', 'state=lost', 'state=DEAD'])(
    'is not asked for with %s',
    async (query) => {
      expect(await outcomeOf(deliveries(`id=${'0'.repeat(32)}&${query}`))).toBe('400 VOD.10053')
    },
  )
})
