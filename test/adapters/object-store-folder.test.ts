import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { link, mkdir, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { ObjectChangedError } from '../../src/core/shared/object-store.ts'
import { createLocalStore, type LocalStoreUnderTest } from '../support/object-store.ts'

const bucket = 'bucket'
const contentType = 'video/mp4'
const deadPid = () => spawnSync('true').pid

describe('the local store', () => {
  let local: LocalStoreUnderTest

  beforeEach(async () => {
    local = await createLocalStore()
    await local.store.createBucket(bucket)
  })
  afterEach(() => local[Symbol.asyncDispose]())

  const at = (key: string) => ({ bucket, key })
  const path = (...names: readonly string[]) => join(local.root, bucket, ...names)
  const put = (key: string, body = key) => local.store.put(at(key), Buffer.from(body), { contentType })
  const textOf = async (key: string, ifMatch?: string) =>
    await text(await local.store.read(at(key), ifMatch === undefined ? {} : { ifMatch }))
  const keysOf = (prefix = '') => Array.fromAsync(local.store.list(bucket, prefix), ({ key }) => key)
  const drop = async (key: string, body = key) => {
    await mkdir(dirname(path(key)), { recursive: true })
    await writeFile(path(key), body)
  }

  test('a folder is a bucket, and a file that is dropped in is an object at once', async () => {
    await mkdir(join(local.root, 'dropped/films'), { recursive: true })
    await writeFile(join(local.root, 'dropped/films/a b.mp4'), 'film')
    expect(await local.store.bucketExists('dropped')).toBe(true)
    const { mtimeNs } = await stat(join(local.root, 'dropped/films/a b.mp4'), { bigint: true })
    const found = await local.store.head({ bucket: 'dropped', key: 'films/a b.mp4' })
    expect(found).toMatchObject({ sizeBytes: 4, etag: `4-${mtimeNs}`, contentType })
    expect(await Array.fromAsync(local.store.list('dropped', 'films/a'))).toEqual([
      { key: 'films/a b.mp4', sizeBytes: 4 },
    ])
  })

  test('an object is a file at its key, and our own folder is none', async () => {
    await put('a/b/c.mp4', 'bytes')
    expect(await readFile(path('a/b/c.mp4'), 'utf8')).toBe('bytes')
    expect(await keysOf()).toEqual(['a/b/c.mp4'])
    expect(await local.store.bucketExists('..')).toBe(false)
    expect(await local.store.head({ bucket: '..', key: 'x' })).toBeUndefined()
  })

  test('a folder whose name no bucket may have is none, so that no bucket has two names', async () => {
    const names = ['Upper', 'under_score', 'ab', 'dot..dot', '-dash', 'a'.repeat(64)]
    for (const name of names) {
      await mkdir(join(local.root, name))
      await writeFile(join(local.root, name, 'a.mp4'), 'film')
      expect(await local.store.bucketExists(name), name).toBe(false)
      expect(await local.store.head({ bucket: name, key: 'a.mp4' }), name).toBeUndefined()
      await expect(local.store.createBucket(name), name).rejects.toThrow('a bucket name has')
    }
  })

  test('a file that is changed in place is another version', async () => {
    await drop('a.mp4', 'one')
    const before = await local.store.head(at('a.mp4'))
    await writeFile(path('a.mp4'), 'longer')
    await expect(textOf('a.mp4', before?.etag)).rejects.toBeInstanceOf(ObjectChangedError)
  })

  test('a file that is changed in place while it is read breaks the read', async () => {
    await drop('a.mp4', 'x'.repeat(3_000_000))
    const before = await local.store.head(at('a.mp4'))
    const stream = await local.store.read(at('a.mp4'), { ifMatch: before?.etag ?? '' })
    await writeFile(path('a.mp4'), 'y'.repeat(3_000_000))
    await expect(text(stream)).rejects.toBeInstanceOf(ObjectChangedError)
    const shortened = await local.store.read(at('a.mp4'))
    await writeFile(path('a.mp4'), 'z')
    await expect(text(shortened)).rejects.toBeInstanceOf(ObjectChangedError)
  })

  test('a reader keeps the version that it began with', async () => {
    await put('a.mp4', 'old'.repeat(1_000_000))
    const stream = await local.store.read(at('a.mp4'))
    await put('a.mp4', 'new')
    await local.store.remove(bucket, ['a.mp4'])
    expect(await text(stream)).toBe('old'.repeat(1_000_000))
  })

  describe('links', () => {
    beforeEach(async () => {
      await mkdir(join(local.root, 'outside'))
      await writeFile(join(local.root, 'outside/secret.mp4'), 'secret')
    })

    test('those that leave the bucket are no objects', async () => {
      await symlink(join(local.root, 'outside/secret.mp4'), path('file.mp4'))
      await symlink('../outside', path('folder'))
      for (const key of ['file.mp4', 'folder/secret.mp4']) {
        expect(await local.store.head(at(key))).toBeUndefined()
        await expect(local.store.read(at(key))).rejects.toBeInstanceOf(ObjectChangedError)
        const options = { ifMatch: 'x', sizeBytes: 6, signal: new AbortController().signal }
        await expect(local.store.copy(at(key), at('copy'), options)).rejects.toBeInstanceOf(ObjectChangedError)
      }
      expect(await keysOf()).toEqual([])
      expect(await keysOf('folder/')).toEqual([])
    })

    test('nothing is written, replaced or removed through them', async () => {
      await symlink('../outside', path('folder'))
      await symlink(join(local.root, 'outside/secret.mp4'), path('file.mp4'))
      await local.store.remove(bucket, ['folder/secret.mp4', 'file.mp4'])
      await put('folder/secret.mp4', 'mine')
      await put('folder/new/a.mp4', 'mine too')
      await put('file.mp4', 'mine as well')
      expect(await readdir(join(local.root, 'outside'))).toEqual(['secret.mp4'])
      expect(await readFile(join(local.root, 'outside/secret.mp4'), 'utf8')).toBe('secret')
      expect([await textOf('folder/secret.mp4'), await textOf('file.mp4')]).toEqual(['mine', 'mine as well'])
      expect(await keysOf()).toEqual(['file.mp4', 'folder/new/a.mp4', 'folder/secret.mp4'])
    })

    test('one to a file of the same bucket is that file, and so is a hard link', async () => {
      await put('a/film.mp4', 'film')
      await symlink('a/film.mp4', path('soft.mp4'))
      await link(path('a/film.mp4'), path('hard.mp4'))
      expect([await textOf('soft.mp4'), await textOf('hard.mp4')]).toEqual(['film', 'film'])
      expect(await keysOf()).toEqual(['a/film.mp4', 'hard.mp4', 'soft.mp4'])
      await local.store.remove(bucket, ['soft.mp4', 'hard.mp4'])
      expect(await keysOf()).toEqual(['a/film.mp4'])
    })

    test('one into our own folder is no object', async () => {
      await put('odd/', 'odd')
      await symlink('.telecine/keys', path('keys'))
      const [hash] = (await readdir(path('.telecine/keys'))).filter((name) => !name.endsWith('.name'))
      await symlink(`.telecine/keys/${hash}`, path('file'))
      expect(await local.store.head(at(`keys/${hash}`))).toBeUndefined()
      expect(await local.store.head(at('file'))).toBeUndefined()
      expect(await keysOf()).toEqual(['odd/'])
    })

    test('one that is swapped in at any moment never leads out', async () => {
      await drop('folder/secret.mp4', 'harmless')
      await symlink('../outside', path('elsewhere'))
      // A put makes the folder anew whenever it finds none; that one gives way.
      const move = async (from: string, to: string, triesLeft = 100): Promise<void> => {
        try {
          await rename(path(from), path(to))
        } catch (error) {
          if (triesLeft === 0) throw error
          await rm(path(to), { recursive: true, force: true, maxRetries: 10 })
          await move(from, to, triesLeft - 1)
        }
      }
      let isDone = false
      const swapping = (async () => {
        while (!isDone) {
          await move('folder', 'aside')
          await move('elsewhere', 'folder')
          await move('folder', 'elsewhere')
          await move('aside', 'folder')
        }
      })()
      const seen = new Set<string>()
      for (let count = 0; count < 1_000; count++) {
        seen.add(await textOf('folder/secret.mp4').catch((error: Error) => error.name))
        if (count % 50 === 0) await put('folder/new.mp4', 'new')
      }
      isDone = true
      await swapping
      expect(seen).not.toContain('secret')
      expect(seen).toContain('harmless')
      expect(await readdir(join(local.root, 'outside'))).toEqual(['secret.mp4'])
    })
  })

  test('folders, pipes and sockets are no objects, and nothing waits for them', async () => {
    await mkdir(path('folder'))
    execFileSync('mkfifo', [path('pipe')])
    const server = createServer().listen(path('socket'))
    await once(server, 'listening')
    for (const key of ['folder', 'pipe', 'socket']) expect(await local.store.head(at(key))).toBeUndefined()
    expect(await keysOf()).toEqual([])
    server.close()
  })

  test('a file whose name is no UTF-8 is no object', async () => {
    await writeFile(Buffer.concat([Buffer.from(path('latin-')), Buffer.from([0xe9])]), 'x')
    expect(await keysOf()).toEqual([])
  })

  test.for([[['a', 'a/b']], [['a/b', 'a']]])(
    'a key that others begin with works in either order: %j',
    async ([keys]) => {
      for (const key of keys ?? []) await put(key)
      expect(await keysOf()).toEqual(['a', 'a/b'])
      expect([await textOf('a'), await textOf('a/b')]).toEqual(['a', 'a/b'])
      for (const key of keys ?? []) await put(key, `${key} again`)
      expect([await textOf('a'), await textOf('a/b')]).toEqual(['a again', 'a/b again'])
      await local.store.remove(bucket, ['a'])
      expect(await keysOf()).toEqual(['a/b'])
      await local.store.remove(bucket, ['a/b'])
      await put('a')
      await put('a/b')
      expect(await keysOf()).toEqual(['a', 'a/b'])
    },
  )

  test('an object that lay under its hash is gone once its key got a place of its own', async () => {
    await put('a/b')
    await put('a', 'under its hash')
    await local.store.remove(bucket, ['a/b'])
    await put('a', 'at its key')
    expect(await keysOf()).toEqual(['a'])
    expect(await readFile(path('a'), 'utf8')).toBe('at its key')
    expect(await readdir(path('.telecine/keys'))).toEqual([])
    await local.store.remove(bucket, ['a'])
    expect(await local.store.head(at('a'))).toBeUndefined()
  })

  test('a file dropped in where a key lay under its hash is that object, once', async () => {
    await put('a/b')
    await put('a', 'under its hash')
    await rm(path('a'), { recursive: true })
    await drop('a', 'dropped in')
    expect(await Array.fromAsync(local.store.list(bucket, ''))).toEqual([{ key: 'a', sizeBytes: 10 }])
    expect(await textOf('a')).toBe('dropped in')
  })

  test('removing leaves no empty folders, but those that hold something', async () => {
    for (const key of ['x/y/z/1', 'x/y/z/2', 'x/y/w/3', 'x/4', 'keep/5']) await put(key)
    await mkdir(path('mine'))
    await local.store.remove(bucket, ['x/y/z/1', 'x/y/z/2', 'x/y/w/3', 'keep/5'])
    expect((await readdir(path())).toSorted()).toEqual(['.telecine', 'mine', 'x'])
    expect(await readdir(path('x'))).toEqual(['4'])
  })

  test('putting into a folder that others empty at the same time always succeeds', async () => {
    const work = async (worker: number) => {
      for (let count = 0; count < 40; count++) {
        await put(`a/b/c/${worker}`)
        expect(await textOf(`a/b/c/${worker}`)).toBe(`a/b/c/${worker}`)
        await local.store.remove(bucket, [`a/b/c/${worker}`])
      }
    }
    await Promise.all([1, 2, 3, 4].map(work))
    expect(await keysOf()).toEqual([])
  })

  test('what dead processes left is cleaned before the first write, and nothing else', async () => {
    const folder = path('.telecine/tmp')
    await mkdir(folder, { recursive: true })
    const names = {
      ofDead: `${hostname()}.${deadPid()}.a`,
      ofLiving: `${hostname()}.${process.pid}.b`,
      elsewhere: 'other.host.1.c',
      elsewhereOld: 'other.host.1.d',
    }
    for (const name of Object.values(names)) await writeFile(join(folder, name), 'x')
    const twoHoursAgo = new Date(Date.now() - 7_200_000)
    await utimes(join(folder, names.elsewhereOld), twoHoursAgo, twoHoursAgo)
    await put('a.mp4')
    expect(new Set(await readdir(folder))).toEqual(new Set([names.elsewhere, names.ofLiving]))
  })

  test('a put that is aborted half way leaves nothing', async () => {
    const abort = new AbortController()
    const bytes = Buffer.alloc(50_000_000)
    const putting = local.store.put(at('a.mp4'), bytes, { contentType, signal: abort.signal })
    await expect.poll(() => readdir(path('.telecine/tmp')).catch(() => []), { interval: 1 }).not.toEqual([])
    abort.abort()
    await expect(putting).rejects.toMatchObject({ name: 'AbortError' })
    expect(await keysOf()).toEqual([])
    expect(await readdir(path('.telecine/tmp'))).toEqual([])
  })

  test('a missing folder of buckets is made by the check', async () => {
    await rm(local.root, { recursive: true })
    await local.store.check(new AbortController().signal)
    await local.store.createBucket(bucket)
    await put('a.mp4')
  })
})
