import { expect, test } from 'vitest'
import { parseProjectId, parseUserId } from '../shared/ids.ts'
import { newAccessKey, newPassword } from './access-key.ts'
import { hashPassword, NO_PASSWORD, verifyPassword } from './password.ts'
import { createSealer, type RandomBytes } from './sealer.ts'
import { openTemporaryKey, openToken, sealTemporaryKey, sealToken } from './token.ts'

/** Counts up: deterministic, and never the same nonce twice. */
const counting = (): RandomBytes => {
  let next = 0
  return (size) => Uint8Array.from({ length: size }, () => next++ % 256)
}
const MASTER = new Uint8Array(32).fill(7)
const userId = parseUserId('1'.repeat(32))
const projectId = parseProjectId('2'.repeat(32))
if (!userId || !projectId) throw new Error('ids of 32 hex digits are ids')
const token = {
  userId,
  scope: { kind: 'project', projectId },
  tokenEpoch: 3,
  issuedAt: new Date(1000),
  expiresAt: new Date(2000),
} as const

test('what was sealed opens with the same key, purpose and context, and with nothing else', () => {
  const sealer = createSealer(MASTER, 'token', counting())
  const sealed = sealer.seal(Buffer.from('text'), 'context')
  expect(Buffer.from(sealer.open(sealed, 'context') ?? '').toString()).toBe('text')
  expect(sealer.open(sealed, 'another')).toBeUndefined()
  expect(createSealer(MASTER, 'secret-key', counting()).open(sealed, 'context')).toBeUndefined()
  expect(createSealer(new Uint8Array(32), 'token', counting()).open(sealed, 'context')).toBeUndefined()
  expect(sealer.open(sealed.subarray(0, 10), 'context')).toBeUndefined()
  for (let at = 0; at < sealed.length; at++) {
    const changed = Uint8Array.from(sealed, (byte, index) => (index === at ? byte ^ 1 : byte))
    expect(sealer.open(changed, 'context'), `byte ${at}`).toBeUndefined()
  }
})

test('a master key of another length is refused', () => {
  expect(() => createSealer(new Uint8Array(31), 'token', counting())).toThrow('32 bytes')
})

test('tokens and temporary keys come back as they were, and are not taken for one another', () => {
  const tokens = createSealer(MASTER, 'token', counting())
  const temporary = { ...token, scope: { kind: 'domain' }, access: 'A', secret: 'S' } as const
  const text = sealToken(tokens, token)
  expect(openToken(tokens, text)).toEqual(token)
  const securityToken = sealTemporaryKey(tokens, temporary)
  expect(openTemporaryKey(tokens, securityToken)).toEqual(temporary)
  expect(openToken(tokens, securityToken), 'even under one key').toBeUndefined()
  expect(openTemporaryKey(tokens, text)).toBeUndefined()
  for (const odd of ['', 'x', `${text}=`, `${text} `, text.slice(4)])
    expect(openToken(tokens, odd), odd).toBeUndefined()
})

test('a password is known by its hash only, salted, however its accents were typed', async () => {
  const random = counting()
  const stored = await hashPassword('caf\u00e9 r\u00e9el', random)
  expect(await verifyPassword('cafe\u0301 re\u0301el', stored)).toBe(true)
  expect(await verifyPassword('cafe reel', stored)).toBe(false)
  expect(await hashPassword('caf\u00e9 r\u00e9el', random)).not.toBe(stored)
  expect(await verifyPassword('', NO_PASSWORD)).toBe(false)
  await expect(verifyPassword('x', 'md5$x')).rejects.toThrow('unknown form')
})

test('keys have the shape of the vendor and need no quoting', () => {
  const { access, secret } = newAccessKey(counting())
  expect(access).toMatch(/^[A-Z2-7]{20}$/)
  expect(secret).toMatch(/^[\w-]{40}$/)
  expect(newPassword(counting())).toMatch(/^[\w-]{24}$/)
})
