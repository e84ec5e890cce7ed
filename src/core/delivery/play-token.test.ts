import { expect, test } from 'vitest'
import { createSealer } from '../auth/sealer.ts'
import type { AssetId } from '../shared/ids.ts'
import { openPlayToken, type PlayToken, refuseToken, sealPlayToken } from './play-token.ts'

const random = (size: number) => new Uint8Array(size).fill(7)
const sealer = createSealer(new Uint8Array(32), 'play-token', random)
const assetId = 'a'.repeat(32) as AssetId
const TOKEN: PlayToken = { assetId, viewer: 'alice', address: '192.0.2.1', expiresAt: new Date(60_000) }
const use = { assetId, now: new Date(0), isFrom: (address: string) => address === '192.0.2.1' }

test('a token says what was put into it, and does not show it', () => {
  const text = sealPlayToken(sealer, TOKEN)
  expect(openPlayToken(sealer, text)).toEqual(TOKEN)
  expect(Buffer.from(text, 'base64url').toString('latin1')).not.toContain('alice')
})

test.each(['', 'x', 'not base64!', `${sealPlayToken(sealer, TOKEN)}A`])('"%s" is no token', (text) => {
  expect(openPlayToken(sealer, text)).toBeUndefined()
})

test('a token of another master key, or one that was changed, is none', () => {
  const text = sealPlayToken(createSealer(new Uint8Array(32).fill(1), 'play-token', random), TOKEN)
  expect(openPlayToken(sealer, text)).toBeUndefined()
  const own = sealPlayToken(sealer, TOKEN)
  expect(
    openPlayToken(
      sealer,
      own.replace(/.$/, (end) => (end === 'A' ? 'Q' : 'A')),
    ),
  ).toBeUndefined()
})

test('it is good for its asset, its time and its viewer only', () => {
  expect(refuseToken(TOKEN, use)).toBeUndefined()
  expect(refuseToken(undefined, use)).toContain('valid token')
  expect(refuseToken(TOKEN, { ...use, now: new Date(60_000) })).toContain('expired')
  expect(refuseToken(TOKEN, { ...use, assetId: 'b'.repeat(32) as AssetId })).toContain('another asset')
  expect(refuseToken(TOKEN, { ...use, isFrom: () => false })).toContain('another viewer')
  const { address: _, ...anywhere } = TOKEN
  expect(refuseToken(anywhere, { ...use, isFrom: () => false })).toBeUndefined()
})
