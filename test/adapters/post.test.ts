import { lookup } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createCheckAddress, createPost } from '../../src/adapters/fetch/post.ts'
import { isPublicAddress, publicLookup } from '../../src/adapters/fetch/public-address.ts'
import { type NameServer, startNameServer } from '../support/name-server.ts'
import { type Receiver, startReceiver } from '../support/receiver.ts'

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver(({ path }, response) => {
    if (path === '/endless') {
      const more = () => response.write('x'.repeat(10_000)) && setImmediate(more)
      response.on('drain', more)
      more()
    } else if (path === '/stuck') response.write('beginning')
    else if (path === '/breaks') response.write('beginning', () => response.destroy())
    else response.end('ünd')
  })
})
afterAll(() => receiver[Symbol.asyncDispose]())

const post = (url: string, { allowPrivate = true, timeoutMs = 5_000 } = {}) =>
  createPost({ allowPrivate, timeoutMs })({ url, headers: { 'x-one': '1' }, body: '{"a":"ä"}' })

describe('a call', () => {
  test('sends the body as it is and answers what came back', async () => {
    expect(await post(`${receiver.url}/a?b=c`)).toEqual({ type: 'answered', status: 200, text: 'ünd' })
    const { path, body, headers } = receiver.received.at(-1) ?? {}
    expect([path, body]).toEqual(['/a?b=c', '{"a":"ä"}'])
    expect(headers).toMatchObject({ 'x-one': '1', 'content-length': '10', 'user-agent': 'telecine' })
  })
  test('reads no more than the beginning of an answer', async () => {
    const answer = await post(`${receiver.url}/endless`)
    expect(answer).toEqual({ type: 'answered', status: 200, text: 'x'.repeat(1_000) })
  })
  test('counts an answer whose body breaks off or never ends', async () => {
    const beginning = { type: 'answered', status: 200, text: 'beginning' }
    expect(await post(`${receiver.url}/breaks`)).toEqual(beginning)
    expect(await post(`${receiver.url}/stuck`, { timeoutMs: 500 })).toEqual(beginning)
  })
})

describe('without leave for private addresses', () => {
  const refused = { type: 'unanswered', reason: 'its host has no public address' }
  test.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1', '2130706433', 'localhost', '0.0.0.0', '[::]'])(
    'nothing connects to %s',
    async (host) => {
      const url = receiver.url.replace('127.0.0.1', host)
      const before = receiver.received.length
      expect(await post(url, { allowPrivate: false })).toEqual(refused)
      expect(receiver.received).toHaveLength(before)
      const objection = await createCheckAddress({ allowPrivate: false })(url)
      expect(objection).toBe('must have a host with a public address; its host has no public address')
      expect(await createCheckAddress({ allowPrivate: true })(url)).toBeUndefined()
    },
  )
  test('a connection goes to no name that leads to this machine', async () => {
    await using names = await startNameServer({
      ...{ 'fine.test': ['1.1.1.1', '1.0.0.1'], 'inside.test': ['127.0.0.1'], 'empty.test': [] },
      ...{ 'mixed.test': ['1.1.1.1', '10.0.0.1'], 'both.test': ['1.1.1.1', '::1'] },
    })
    const outcome = outcomeBy(names)
    expect(await outcome('fine.test')).toEqual(['1.1.1.1 4', '1.0.0.1 4'])
    for (const name of ['inside.test', 'mixed.test', 'both.test', 'empty.test', 'localhost', 'a.localhost.']) {
      expect([name, await outcome(name)]).toEqual([name, refused.reason])
    }
    // The very name that the system resolves.
    expect(await new Promise((resolve) => lookup('localhost', (error) => resolve(error)))).toBeNull()
  })
  test('names whose servers are silent hold up no others', async () => {
    await using names = await startNameServer({ 'fine.test': ['1.1.1.1'] })
    const asking: Resolver[] = []
    const outcome = outcomeBy(names, asking)
    const silent = Array.from({ length: 40 }, (_, n) => outcome(`silent-${n}.test`))
    expect(await outcome('fine.test')).toEqual(['1.1.1.1 4'])
    expect(await new Promise((resolve) => lookup('localhost', (error) => resolve(error)))).toBeNull()
    // They have waited all the while.
    for (const resolver of asking) resolver.cancel()
    expect(new Set(await Promise.all(silent))).toEqual(new Set(['queryA ECANCELLED']))
  })
})

/** What a look-up of a name ends with, by these servers alone. */
const outcomeBy =
  ({ address }: NameServer, asking: Resolver[] = []) =>
  (name: string): Promise<unknown> => {
    const resolver = () => {
      const own = new Resolver({ timeout: 60_000, tries: 1 })
      own.setServers([address])
      asking.push(own)
      return own
    }
    return new Promise((resolve) =>
      publicLookup(resolver)(name, { all: true }, (error, addresses) => {
        const found = Array.isArray(addresses) ? addresses.map((one) => `${one.address} ${one.family}`) : []
        resolve(error ? error.message.replace(/ silent-.*/, '') : found)
      }),
    )
  }

test.each([
  ...['10.1.2.3', '172.16.0.1', '192.168.1.1', '169.254.169.254', '100.64.0.1', '127.8.8.8', '0.0.0.0', '224.0.0.1'],
  ...['255.255.255.255', '::', '::1', 'fe80::1', 'fc00::1', 'fd12::1', 'ff02::1', '::ffff:10.0.0.1', '64:ff9b::a00:1'],
  ...['2002:a00:1::', '2001:db8::1', '192.0.2.1', '198.51.100.1', '240.0.0.1', 'nonsense', ''],
])('%s is no public address', (address) => {
  expect(isPublicAddress(address)).toBe(false)
})

test.each(['1.1.1.1', '203.0.112.1', '2606:4700::1111', '::ffff:1.1.1.1'])('%s is a public address', (address) => {
  expect(isPublicAddress(address)).toBe(true)
})
