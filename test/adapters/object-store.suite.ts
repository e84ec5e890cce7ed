import { randomBytes, randomUUID } from 'node:crypto'
import { buffer } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ObjectAddress, ObjectChangedError, type ObjectStore } from '../../src/core/shared/object-store.ts'
import { ODD_NAMES } from './object-store.names.ts'
import { streamTests } from './object-store-stream.suite.ts'

export interface StoreUnderTest extends AsyncDisposable {
  readonly store: ObjectStore
}

const bytesOf = (text: string): Uint8Array => Buffer.from(text)
const contentType = 'video/mp4'

/** What every object store of ours does. `open` gives a store that is ready; each test uses keys of its own. */
export const objectStoreSuite = (name: string, open: () => Promise<StoreUnderTest>): void => {
  describe(`object store: ${name}`, () => {
    const bucket = `suite-${randomUUID()}`
    let underTest: StoreUnderTest
    let store: ObjectStore

    beforeAll(async () => {
      underTest = await open()
      store = underTest.store
      await store.createBucket(bucket)
    })

    afterAll(async () => {
      const keys = await Array.fromAsync(store.list(bucket, ''), ({ key }) => key)
      await store.remove(bucket, keys)
      await underTest[Symbol.asyncDispose]()
    })

    const at = (key: string): ObjectAddress => ({ bucket, key })
    const put = (key: string, bytes: Uint8Array | string) =>
      store.put(at(key), typeof bytes === 'string' ? bytesOf(bytes) : bytes, { contentType })
    const textOf = async (key: string, options?: Parameters<ObjectStore['read']>[1]) =>
      (await buffer(await store.read(at(key), options))).toString()
    const keysOf = (prefix: string) => Array.fromAsync(store.list(bucket, prefix), ({ key }) => key)
    const version = async (key: string) => {
      const found = await store.head(at(key))
      if (!found) throw new Error(`${key} is missing`)
      return { ifMatch: found.etag, sizeBytes: found.sizeBytes, signal: new AbortController().signal }
    }

    test('a bucket is there once it was created, and creating it again does no harm', async () => {
      expect(await store.bucketExists(bucket)).toBe(true)
      expect(await store.bucketExists(`missing-${randomUUID()}`)).toBe(false)
      await store.createBucket(bucket)
    })

    test('a missing object or bucket has no head', async () => {
      expect(await store.head(at('head/missing.mp4'))).toBeUndefined()
      expect(await store.head({ bucket: `missing-${randomUUID()}`, key: 'a.mp4' })).toBeUndefined()
    })

    test('the head of an object tells size, type, version and time', async () => {
      await put('head/a.mp4', 'hello')
      const found = await store.head(at('head/a.mp4'))
      expect(found).toMatchObject({ sizeBytes: 5, contentType })
      expect(found?.etag).toMatch(/^[^"]+$/)
      expect(Math.abs(Date.now() - (found?.modifiedAt.getTime() ?? 0))).toBeLessThan(60_000)
    })

    test('what was put is read, whole or in ranges', async () => {
      await put('read/a.mp4', '0123456789')
      expect(await textOf('read/a.mp4')).toBe('0123456789')
      expect(await textOf('read/a.mp4', { range: { start: 0, end: 0 } })).toBe('0')
      expect(await textOf('read/a.mp4', { range: { start: 3, end: 5 } })).toBe('345')
    })

    test('a range that ends past the object ends with it, one that begins there is refused', async () => {
      await put('range/a.mp4', '0123456789')
      expect(await textOf('range/a.mp4', { range: { start: 8, end: 1_000_000 } })).toBe('89')
      await expect(textOf('range/a.mp4', { range: { start: 10, end: 11 } })).rejects.toBeInstanceOf(RangeError)
    })

    test('an object of several megabytes comes back as it was', async () => {
      const bytes = randomBytes(3_000_001)
      await put('read/large.bin', bytes)
      expect(bytes.equals(await buffer(await store.read(at('read/large.bin'))))).toBe(true)
    })

    test('bytes are put into memory that is there, place after place, and no more than there is room for', async () => {
      const bytes = randomBytes(3_000_001)
      await put('fill/a.bin', bytes)
      const { ifMatch } = await version('fill/a.bin')
      const room = Buffer.alloc(2_000_010, 'x')
      const places = [room.subarray(5, 10), room.subarray(10, 10), room.subarray(10, 2_000_005)]
      await store.fill(at('fill/a.bin'), places, { start: 999_000, ifMatch })
      expect(room.subarray(5, 2_000_005).equals(bytes.subarray(999_000, 2_999_000))).toBe(true)
      expect(`${room.subarray(0, 5)}${room.subarray(2_000_005)}`).toBe('xxxxxxxxxx')
    })

    test('memory is not filled with what is not there, or of another version', async () => {
      await put('fill/b.mp4', 'one')
      const { ifMatch } = await version('fill/b.mp4')
      const fill = (key: string, start: number, options = {}) =>
        store.fill(at(key), [Buffer.alloc(2)], { start, ...options })
      await expect(fill('fill/b.mp4', 2)).rejects.toBeInstanceOf(RangeError)
      await expect(fill('fill/b.mp4', 3)).rejects.toBeInstanceOf(RangeError)
      await expect(fill('fill/missing.mp4', 0)).rejects.toBeInstanceOf(ObjectChangedError)
      await put('fill/b.mp4', 'two')
      await expect(fill('fill/b.mp4', 0, { ifMatch })).rejects.toBeInstanceOf(ObjectChangedError)
      const aborted = AbortSignal.abort(new Error('enough'))
      await expect(fill('fill/b.mp4', 0, { signal: aborted })).rejects.toThrow('enough')
    })

    streamTests(() => underTest.store, bucket)

    test('an empty object is an object', async () => {
      await put('empty.mp4', '')
      expect(await store.head(at('empty.mp4'))).toMatchObject({ sizeBytes: 0 })
      expect(await textOf('empty.mp4')).toBe('')
    })

    test('reading what is not there fails as a changed object', async () => {
      await expect(store.read(at('read/missing.mp4'))).rejects.toBeInstanceOf(ObjectChangedError)
    })

    test('an object is opened with its head and its bytes, and what is missing is not', async () => {
      await put('open/a.mp4', '0123456789')
      const opened = await store.open(at('open/a.mp4'))
      expect(opened?.info).toEqual(await store.head(at('open/a.mp4')))
      expect(opened && (await buffer(opened.stream())).toString()).toBe('0123456789')
      const [place, whole] = [Buffer.alloc(10), await store.open(at('open/a.mp4'))]
      if (whole?.fill) await whole.fill(place)
      else await whole?.close()
      expect(place.toString()).toBe(whole?.fill ? '0123456789' : place.toString())
      const other = await store.open(at('open/a.mp4'))
      if (other?.fill) await expect(other.fill(Buffer.alloc(9))).rejects.toBeInstanceOf(RangeError)
      else await other?.close()
      await (await store.open(at('open/a.mp4')))?.close()
      expect(await store.open(at('open/missing.mp4'))).toBeUndefined()
      expect(await store.open({ bucket: `missing-${randomUUID()}`, key: 'a.mp4' })).toBeUndefined()
    })

    test('what was opened stays what it was while the object is replaced', async () => {
      const bytes = randomBytes(3_000_001)
      await put('open/b.bin', bytes)
      const opened = await store.open(at('open/b.bin'))
      await put('open/b.bin', 'other')
      expect(opened && bytes.equals(await buffer(opened.stream()))).toBe(true)
    })

    test('reading another version than asked for is refused', async () => {
      await put('version.mp4', 'one')
      const { ifMatch } = await version('version.mp4')
      expect(await textOf('version.mp4', { ifMatch })).toBe('one')
      await put('version.mp4', 'two')
      expect((await version('version.mp4')).ifMatch).not.toBe(ifMatch)
      await expect(textOf('version.mp4', { ifMatch })).rejects.toBeInstanceOf(ObjectChangedError)
    })

    test('versions written in a row are told apart, though they are of one size', async () => {
      const etags = new Set<string>()
      for (let count = 0; count < 10; count++) {
        await put('row.mp4', `version ${count}`)
        etags.add((await version('row.mp4')).ifMatch)
      }
      expect(etags.size).toBe(10)
    })

    test('puts of one key at the same time never mix', async () => {
      const fills = Array.from({ length: 12 }, (_, index) => Buffer.alloc(300_000, index + 1))
      await put('race.bin', fills[0] ?? '')
      const writing = Promise.all(fills.map((fill) => put('race.bin', fill)))
      for (let count = 0; count < 20; count++) {
        const seen = await buffer(await store.read(at('race.bin')))
        expect(seen.length).toBe(300_000)
        expect(new Set(seen).size).toBe(1)
      }
      await writing
    })

    test.for(ODD_NAMES)('a key of odd characters works everywhere: %j', async (name) => {
      const key = `odd/${name}`
      await put(key, name)
      expect(await textOf(key)).toBe(name)
      expect(await keysOf(key)).toContain(key)
      const copied = await store.copy(at(key), at(`odd copy/${name}`), await version(key))
      expect(copied.sizeBytes).toBe(Buffer.byteLength(name))
      expect(await textOf(`odd copy/${name}`)).toBe(name)
      const url = await store.signedReadUrl(at(key), 60)
      expect(await (await fetch(url)).text()).toBe(name)
      await store.remove(bucket, [key, `odd copy/${name}`])
      expect(await store.head(at(key))).toBeUndefined()
      expect(await keysOf(`odd copy/${name}`)).toEqual([])
    })

    test('a key of 1,024 bytes is the longest', async () => {
      const longest = `long/${'x'.repeat(1019)}`
      await put(longest, 'long')
      expect(await textOf(longest)).toBe('long')
      await expect(put(`${longest}x`, 'too long')).rejects.toThrow('1024 bytes')
      expect(await store.head(at(`${longest}x`))).toBeUndefined()
    })

    test('a lone surrogate is no key: it would turn into another', async () => {
      await expect(put('surrogate/\ud83c.mp4', 'x')).rejects.toThrow('UTF-8')
      expect(await store.head(at('surrogate/\ud83c.mp4'))).toBeUndefined()
      await store.remove(bucket, ['surrogate/\ud83c.mp4'])
    })

    test('an object may have the key that others begin with', async () => {
      await put('prefix/a', 'file')
      await put('prefix/a/b', 'below')
      await put('prefix/a/b/c', 'further below')
      expect(await keysOf('prefix/')).toEqual(['prefix/a', 'prefix/a/b', 'prefix/a/b/c'])
      expect([await textOf('prefix/a'), await textOf('prefix/a/b')]).toEqual(['file', 'below'])
    })

    test('a copy has the same bytes and type, and its head is answered', async () => {
      await put('copy/from.mp4', 'copied')
      const progress: number[] = []
      const options = { ...(await version('copy/from.mp4')), onProgress: (share: number) => progress.push(share) }
      const copied = await store.copy(at('copy/from.mp4'), at('copy/to.mp4'), options)
      expect(copied).toEqual(await store.head(at('copy/to.mp4')))
      expect(copied.contentType).toBe(contentType)
      expect(await textOf('copy/to.mp4')).toBe('copied')
      expect(progress.every((share) => share >= 0 && share <= 1)).toBe(true)
    })

    test('an empty object is copied', async () => {
      await put('copy/empty.mp4', '')
      const copied = await store.copy(at('copy/empty.mp4'), at('copy/empty2.mp4'), await version('copy/empty.mp4'))
      expect(copied.sizeBytes).toBe(0)
    })

    test('a copy replaces what was there, and may be repeated', async () => {
      await put('again/from.mp4', 'new')
      await put('again/to.mp4', 'old and longer')
      const options = await version('again/from.mp4')
      await store.copy(at('again/from.mp4'), at('again/to.mp4'), options)
      await store.copy(at('again/from.mp4'), at('again/to.mp4'), options)
      expect(await textOf('again/to.mp4')).toBe('new')
    })

    test('a copy onto its own key changes nothing', async () => {
      await put('self.mp4', 'self')
      const copied = await store.copy(at('self.mp4'), at('self.mp4'), await version('self.mp4'))
      expect(copied.sizeBytes).toBe(4)
      expect(await textOf('self.mp4')).toBe('self')
    })

    test('a source that changed since, or is gone, is not copied', async () => {
      await put('changed/from.mp4', 'one')
      const options = await version('changed/from.mp4')
      await put('changed/from.mp4', 'two')
      const copy = () => store.copy(at('changed/from.mp4'), at('changed/to.mp4'), options)
      await expect(copy()).rejects.toBeInstanceOf(ObjectChangedError)
      await store.remove(bucket, ['changed/from.mp4'])
      await expect(copy()).rejects.toBeInstanceOf(ObjectChangedError)
      expect(await store.head(at('changed/to.mp4'))).toBeUndefined()
    })

    test('writing into a missing bucket says so', async () => {
      const missing = `missing-${randomUUID()}`
      await put('lost/from.mp4', 'x')
      const options = await version('lost/from.mp4')
      const lost = { bucket: missing, key: 'a.mp4' }
      await expect(store.put(lost, bytesOf('x'), { contentType })).rejects.toThrow('there is no such bucket')
      await expect(store.copy(at('lost/from.mp4'), lost, options)).rejects.toThrow('there is no such bucket')
    })

    test('what was aborted before it began leaves nothing', async () => {
      await put('abort/from.mp4', 'x')
      const signal = AbortSignal.abort(new Error('cancelled'))
      const options = { ...(await version('abort/from.mp4')), signal }
      await expect(store.copy(at('abort/from.mp4'), at('abort/to.mp4'), options)).rejects.toThrow('cancelled')
      await expect(store.put(at('abort/put.mp4'), bytesOf('x'), { contentType, signal })).rejects.toThrow('cancelled')
      await expect(store.read(at('abort/from.mp4'), { signal })).rejects.toThrow('cancelled')
      await expect(store.head(at('abort/from.mp4'), signal)).rejects.toThrow('cancelled')
      await expect(store.remove(bucket, ['abort/from.mp4'], signal)).rejects.toThrow('cancelled')
      await expect(Array.fromAsync(store.list(bucket, 'abort/', signal))).rejects.toThrow('cancelled')
      expect(await keysOf('abort/')).toEqual(['abort/from.mp4'])
    })

    test('an abort ends a fill that has begun', async () => {
      await put('abort/fill.bin', randomBytes(8_000_000))
      const enough = new AbortController()
      const filling = store.fill(at('abort/fill.bin'), [Buffer.alloc(8_000_000)], { start: 0, signal: enough.signal })
      setImmediate(() => enough.abort(new Error('enough')))
      await expect(filling).rejects.toThrow('enough')
    })

    test('an abort ends a read that has begun', async () => {
      await put('abort/large.bin', Buffer.alloc(8_000_000, 1))
      const abort = new AbortController()
      const stream = await store.read(at('abort/large.bin'), { signal: abort.signal })
      const reading = buffer(stream)
      abort.abort()
      await expect(reading).rejects.toThrow()
      await store.remove(bucket, ['abort/large.bin'])
    })

    test('keys are listed in the order of their bytes, with their sizes', async () => {
      // U+FFEE comes before the clapper board in UTF-8, and after it in UTF-16.
      const names = ['A', 'a', 'a b', 'a!/z', 'a-b', 'a.b', 'a/b', 'a/b/c', 'a//c', 'a0', 'b/', 'é', '\uffee', '🎬']
      const keys = names.map((name) => `order/${name}`)
      for (const key of keys.toReversed()) await put(key, key)
      const listed = await Array.fromAsync(store.list(bucket, 'order/'))
      const expected = keys.toSorted((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)))
      expect(listed).toEqual(expected.map((key) => ({ key, sizeBytes: Buffer.byteLength(key) })))
    })

    test('a prefix may end anywhere in a key', async () => {
      const keys = ['pref/fix/a.mp4', 'pref/fix/ab.mp4', 'pref/fixed/a.mp4', 'pref/fox.mp4', 'pref-fix.mp4']
      for (const key of keys) await put(key, 'x')
      expect(await keysOf('pref/fix/a')).toEqual(['pref/fix/a.mp4', 'pref/fix/ab.mp4'])
      expect(await keysOf('pref/fi')).toEqual(['pref/fix/a.mp4', 'pref/fix/ab.mp4', 'pref/fixed/a.mp4'])
      expect(await keysOf('pref/fix/a.mp4')).toEqual(['pref/fix/a.mp4'])
      expect(await keysOf('pref//')).toEqual([])
      expect(await keysOf('pref/fo')).toEqual(['pref/fox.mp4'])
      expect(await Array.fromAsync(store.list(`missing-${randomUUID()}`, ''))).toEqual([])
    })

    test('more keys than fit on one page of a listing are listed and removed', async () => {
      const keys = Array.from({ length: 1_050 }, (_, index) => `pages/${String(index).padStart(4, '0')}+ ü.m4s`)
      for (let start = 0; start < keys.length; start += 50) {
        await Promise.all(keys.slice(start, start + 50).map((key) => put(key, 'x')))
      }
      expect(await keysOf('pages/')).toEqual(keys)
      await store.remove(bucket, keys)
      expect(await keysOf('pages/')).toEqual([])
    })

    test('removing takes away what is there, and only that', async () => {
      await put('remove/a/1.mp4', 'x')
      await put('remove/a/2.mp4', 'x')
      await put('remove/b.mp4', 'x')
      await store.remove(bucket, ['remove/a/1.mp4', 'remove/missing.mp4', 'remove', 'remove/a', 'remove/b.mp4/c'])
      await store.remove(bucket, [])
      await store.remove(`missing-${randomUUID()}`, ['a.mp4'])
      expect(await keysOf('remove/')).toEqual(['remove/a/2.mp4', 'remove/b.mp4'])
    })

    test('a signed URL reads in ranges, and fails once it is changed', async () => {
      await put('signed/a.mp4', '0123456789')
      const url = await store.signedReadUrl(at('signed/a.mp4'), 60)
      const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
      expect([part.status, await part.text()]).toEqual([206, '234'])
      await put('signed/b.mp4', 'other')
      expect((await fetch(url.replace('a.mp4', 'b.mp4'))).status).toBe(403)
    })

    test('the store can be reached', async () => {
      await store.check(AbortSignal.timeout(10_000))
    })
  })
}
