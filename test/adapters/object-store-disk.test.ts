import { execFileSync, spawnSync } from 'node:child_process'
import { appendFile, open, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ObjectChangedError } from '../../src/core/shared/object-store.ts'
import { createLocalStore, type LocalStoreUnderTest } from '../support/object-store.ts'

const bucket = 'bucket'
const contentType = 'video/mp4'
const GIB = 1_073_741_824

describe('the local store on disk', () => {
  let local: LocalStoreUnderTest

  beforeEach(async () => {
    local = await createLocalStore()
    await local.store.createBucket(bucket)
  })
  afterEach(() => local[Symbol.asyncDispose]())

  const at = (key: string) => ({ bucket, key })
  const temporaryFiles = () => readdir(join(local.root, bucket, '.telecine/tmp')).catch(() => [])
  const temporaryBytes = async () => {
    const sizes = (await temporaryFiles()).map(async (name) => {
      const found = await stat(join(local.root, bucket, '.telecine/tmp', name)).catch(() => undefined)
      return found?.size ?? 0
    })
    return Math.max(0, ...(await Promise.all(sizes)))
  }
  const version = async (key: string) => {
    const found = await local.store.head(at(key))
    if (!found) throw new Error(`${key} is missing`)
    return { ifMatch: found.etag, sizeBytes: found.sizeBytes }
  }
  /** Real blocks, so that copying takes a moment. */
  const makeLarge = (key: string) =>
    execFileSync('dd', ['if=/dev/zero', `of=${join(local.root, bucket, key)}`, 'bs=1M', 'count=512', 'status=none'])

  test('a copy of 2 GiB takes none of our memory', async () => {
    const file = await open(join(local.root, bucket, 'sparse.mp4'), 'w')
    await file.truncate(2 * GIB)
    await file.close()
    const before = process.memoryUsage().rss
    let highest = before
    const onProgress = () => {
      highest = Math.max(highest, process.memoryUsage().rss)
    }
    const options = { ...(await version('sparse.mp4')), signal: new AbortController().signal, onProgress }
    const copied = await local.store.copy(at('sparse.mp4'), at('copy.mp4'), options)
    onProgress()
    expect(copied.sizeBytes).toBe(2 * GIB)
    expect(highest - before).toBeLessThan(20_000_000)
  })

  test('a copy ends at once when it is aborted, and leaves nothing', async () => {
    makeLarge('large.mp4')
    const abort = new AbortController()
    const { ifMatch, sizeBytes } = await version('large.mp4')
    const options = { ifMatch, sizeBytes, signal: abort.signal }
    let isEnded = false
    const copying = local.store.copy(at('large.mp4'), at('copy.mp4'), options).finally(() => {
      isEnded = true
    })
    copying.catch(() => undefined)
    let copiedBytes = 0
    while (!isEnded) {
      copiedBytes = Math.max(copiedBytes, await temporaryBytes())
      if (copiedBytes > 0) abort.abort()
    }
    await expect(copying).rejects.toMatchObject({ name: 'AbortError' })
    expect(copiedBytes).toBeLessThan(sizeBytes)
    expect(await local.store.head(at('copy.mp4'))).toBeUndefined()
    expect(await temporaryFiles()).toEqual([])
  })

  test('a copy tells its share while it goes on', async () => {
    makeLarge('large.mp4')
    const shares: number[] = []
    const onProgress = (share: number) => shares.push(share)
    const options = { ...(await version('large.mp4')), signal: new AbortController().signal, onProgress }
    await local.store.copy(at('large.mp4'), at('copy.mp4'), options)
    expect(shares.every((share) => share >= 0 && share <= 1)).toBe(true)
    expect(shares).toEqual(shares.toSorted((left, right) => left - right))
  })

  test('a source that is written to while it is copied is not copied', async () => {
    makeLarge('large.mp4')
    const options = { ...(await version('large.mp4')), signal: new AbortController().signal }
    const copying = local.store.copy(at('large.mp4'), at('copy.mp4'), options)
    await expect.poll(temporaryFiles, { interval: 1 }).not.toEqual([])
    await appendFile(join(local.root, bucket, 'large.mp4'), 'more')
    await expect(copying).rejects.toBeInstanceOf(ObjectChangedError)
    expect(await local.store.head(at('copy.mp4'))).toBeUndefined()
    expect(await temporaryFiles()).toEqual([])
  })

  describe('of 4 MB', () => {
    const disk = () => join(local.root, bucket)
    let isMounted = false

    beforeEach(() => {
      const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4m', 'tmpfs', disk()])
      isMounted = mount.status === 0
    })
    afterEach(() => {
      if (isMounted) execFileSync('umount', [disk()])
    })

    test('that is full is named, without paths, and nothing is left', async ({ skip }) => {
      skip(!isMounted, 'mounting a small disk needs root')
      const failure = async (work: Promise<unknown>) => String(await work.catch((error: unknown) => error))
      const large = Buffer.alloc(6_000_000)
      const put = await failure(local.store.put(at('a/large.mp4'), large, { contentType }))
      expect(put).toBe('Error: cannot put object bucket/a/large.mp4: disk full')
      await local.store.put(at('half.mp4'), large.subarray(0, 3_000_000), { contentType })
      const options = { ...(await version('half.mp4')), signal: new AbortController().signal }
      const copy = await failure(local.store.copy(at('half.mp4'), at('copy.mp4'), options))
      expect(copy).toBe('Error: cannot copy object bucket/half.mp4 to bucket/copy.mp4: disk full')
      expect(await Array.fromAsync(local.store.list(bucket, ''), ({ key }) => key)).toEqual(['half.mp4'])
      expect(await temporaryFiles()).toEqual([])
    })

    test('that is faster than the clock of its files still tells versions apart', async ({ skip }) => {
      skip(!isMounted, 'mounting a small disk needs root')
      const etags = new Set<string>()
      for (let count = 0; count < 100; count++) {
        await local.store.put(at('a.mp4'), Buffer.from(String(count).padStart(3)), { contentType })
        etags.add((await version('a.mp4')).ifMatch)
      }
      expect(etags.size).toBe(100)
    })
  })
})
