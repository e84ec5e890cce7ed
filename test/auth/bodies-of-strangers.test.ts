import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signRequest } from '../../src/wire/signing/sign-request.ts'
import { exchange } from '../http/served.ts'
import { type Installation, install, PASSWORD } from './installation.ts'

const LIMIT = 12 * 1024 * 1024
/** Of a body that never ends; 32 of them are all that the process holds for callers. */
const UNFINISHED = Buffer.alloc(8 * 1024 * 1024, ' ')

let site: Installation
beforeAll(async () => {
  site = await install()
})
afterAll(() => site[Symbol.asyncDispose]())

const head = (headers: Readonly<Record<string, string>>): string => {
  const lines = Object.entries({ host: 'x', ...headers, 'content-length': LIMIT }).map(([k, v]) => `${k}: ${v}\r\n`)
  return `POST /telecine/v1/${site.projectId}/buckets HTTP/1.1\r\n${lines.join('')}\r\n`
}

/** Sends as much as the server takes. */
const flood = (headers: Readonly<Record<string, string>>): Promise<Socket> =>
  new Promise((resolve) => {
    const socket = connect(site.served.port, '127.0.0.1')
    // Refused before it was all sent, as it should be.
    socket.on('error', () => resolve(socket))
    socket.write(head(headers))
    socket.write(UNFINISHED, () => resolve(socket))
  })

test('strangers who begin large bodies keep nobody from signed calls and sign-in', async () => {
  const sockets = await Promise.all(Array.from({ length: 32 }, () => flood({ authorization: 'nonsense' })))
  try {
    // Many: what the sockets took, the server reads only little by little.
    for (let n = 0; n < 200; n++) {
      expect((await site.call('POST', `/telecine/v1/${site.projectId}/buckets`, { body: {} })).status).toBe(400)
    }
    expect(await site.signIn('admin', PASSWORD)).not.toBe('')
  } finally {
    for (const socket of sockets) socket.destroy()
  }
})

test('what needs no body is refused before one came: token, form, date and key of a signature', async () => {
  const signed = (key: Readonly<{ access: string; secret: string }>, at: number): Readonly<Record<string, string>> =>
    signRequest({ method: 'POST', target: '/', headers: { host: 'x' }, body: Buffer.alloc(0) }, key, new Date(at))
  const { nowMs } = site.clock
  const refusals = [
    [{ 'x-auth-token': 'wrong' }, 'decrypt token fail'],
    [{ authorization: 'nonsense' }, 'unsupported algorithm'],
    [signed(site.operator, nowMs - 16 * 60_000), 'signature expired'],
    [signed({ access: 'NOSUCHKEY', secret: 'x' }, nowMs), 'ak NOSUCHKEY not exist'],
  ] as const
  for (const [headers, message] of refusals) {
    const answer = await exchange(site.served.port, `${head(headers)}{`)
    expect(answer).toMatch(/^HTTP\/1.1 401 /)
    expect(answer).toContain(message)
  }
})
