import { describe, expect, test } from 'vitest'
import { parseStoragePath, signReadUrl, verifySignedRead } from './signed-read.ts'

const secret = Buffer.alloc(32, 1)
const publicUrl = 'https://vod.example.com/'
const expiresAt = new Date('2026-01-01T00:00:00Z')
const object = { bucket: 'media', key: 'a b/c+d&e?f#g%h.mp4' }
const signed = (key = object.key) =>
  new URL(signReadUrl({ publicUrl, secret }, { object: { ...object, key }, expiresAt }))
const verify = (url: URL, asked = object, now = expiresAt) => verifySignedRead(url.searchParams, asked, { secret, now })

describe('a signed URL', () => {
  test('lies below the public URL and names the object', () => {
    expect(signed().href).toMatch(
      'https://vod.example.com/storage/media/a%20b/c%2Bd%26e%3Ff%23g%25h.mp4?Expires=1767225600&',
    )
    expect(parseStoragePath(signed().pathname)).toEqual(object)
  })

  test('is valid for its object until it expires', () => {
    expect(verify(signed())).toBe(true)
    expect(verify(signed(), object, new Date(expiresAt.getTime() + 1))).toBe(false)
    expect(verify(signed(), { ...object, key: 'other.mp4' })).toBe(false)
    expect(verify(signed(), { ...object, bucket: 'other' })).toBe(false)
  })

  test('is void once its time or its signature is changed or missing', () => {
    const later = signed()
    later.searchParams.set('Expires', '1767225601')
    expect(verify(later)).toBe(false)
    const forged = signed()
    forged.searchParams.set('Signature', '0'.repeat(64))
    expect(verify(forged)).toBe(false)
    expect(verifySignedRead(new URLSearchParams(), object, { secret, now: expiresAt })).toBe(false)
    const other = { secret: Buffer.alloc(32, 2), now: expiresAt }
    expect(verifySignedRead(signed().searchParams, object, other)).toBe(false)
  })

  test.for(['a/../b.mp4', '..', '.', 'a//b', '/a', 'a/', 'a\0b'])('survives URL parsing: %j', (key) => {
    expect(parseStoragePath(signed(key).pathname)).toEqual({ bucket: 'media', key })
  })
})

test.for(['/asset/media/a', '/storage/media', '/storage/media/', '/storage//a', '/storage/media/%ff'])(
  'the path %s names no object',
  (path) => {
    expect(parseStoragePath(path)).toBeUndefined()
  },
)
