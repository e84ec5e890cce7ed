import { execFileSync, spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, open, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { putIntoBucket } from '../../src/main/put-into-bucket.ts'
import { until } from '../support/until.ts'

const { signal } = new AbortController()

let folder: string
let bucket: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'telecine-put-'))
  bucket = join(folder, 'buckets/my-videos')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

/** The same name in another folder each time. */
const put = async (content: string | Buffer, name = 'film.mp4'): Promise<string> => {
  const file = join(await mkdtemp(join(folder, 'from-')), name)
  await writeFile(file, content)
  return putIntoBucket(file, bucket, signal)
}

const contentOf = (name: string) => readFile(join(bucket, name), 'utf8')

const objects = async () => (await readdir(bucket)).filter((name) => name !== '.telecine')
const temporaryFiles = () => readdir(join(bucket, '.telecine/tmp'))

test("somebody's object of the same name stays as it is: the file goes under a numbered name", async () => {
  expect(await put('one')).toBe('film.mp4')
  expect(await put('another')).toBe('film (2).mp4')
  expect(await put('two')).toBe('film (3).mp4')
  expect(await Promise.all(['film.mp4', 'film (2).mp4', 'film (3).mp4'].map(contentOf))).toEqual([
    'one',
    'another',
    'two',
  ])
})

test('the same file again is used where it lies, also under its numbered name', async () => {
  const large = Buffer.alloc(3_000_000, 'telecine')
  const differs = Buffer.from(large)
  differs[2_999_999] = 0
  expect(await put(large)).toBe('film.mp4')
  expect(await put(differs)).toBe('film (2).mp4')
  expect(await put(differs)).toBe('film (2).mp4')
  expect(await put(large)).toBe('film.mp4')
  expect(await objects()).toHaveLength(2)
  expect(await temporaryFiles()).toEqual([])
})

test('a file that lies in the bucket already is used as it is', async () => {
  await put('one')
  expect(await putIntoBucket(join(bucket, 'film.mp4'), bucket, signal)).toBe('film.mp4')
  expect(await contentOf('film.mp4')).toBe('one')
})

test('folders and links of the same name are left alone', async () => {
  await mkdir(join(bucket, 'film.mp4'), { recursive: true })
  const outside = join(folder, 'outside.mp4')
  await writeFile(outside, 'one')
  await symlink(outside, join(bucket, 'film (2).mp4'))
  expect(await put('one')).toBe('film (3).mp4')
})

test('a name that its number would make too long for a file system is cut between characters', async () => {
  // 83 characters of three bytes and six of one.
  const name = `${'影'.repeat(83)}ab.mp4`
  expect(Buffer.byteLength(name)).toBe(255)
  await put('one', name)
  expect(await put('another', name)).toBe(`${'影'.repeat(82)} (2).mp4`)
})

test('an ending that leaves no room for a number is cut, too', async () => {
  const name = `a.${'影'.repeat(84)}`
  expect(await put('one', name)).toBe(name)
  expect(await put('another', name)).toBe(`a (2).${'影'.repeat(83)}`)
  expect(await put('two', name)).toBe(`a (3).${'影'.repeat(83)}`)
})

test('until it is whole a file is no object, and of one that was broken off nothing stays', async () => {
  const file = join(folder, 'film.mp4')
  // Its end is not there yet: the copy waits for it.
  execFileSync('mkfifo', [file])
  await using writer = await open(file, 'r+')
  await writer.write('the beginning')
  const stop = new AbortController()
  const putting = putIntoBucket(file, bucket, stop.signal)
  putting.catch(() => undefined)
  await until('the copy has begun', async () => {
    const [name] = await temporaryFiles().catch(() => [])
    return name !== undefined && (await stat(join(bucket, '.telecine/tmp', name))).size > 0
  })
  expect(await objects()).toEqual([])
  stop.abort()
  await expect(putting).rejects.toThrow('aborted')
  expect([await objects(), await temporaryFiles()]).toEqual([[], []])
})

test('what a killed start left of its copy is removed by the next one', async () => {
  await mkdir(join(bucket, '.telecine/tmp'), { recursive: true })
  const { pid } = spawnSync('true')
  await writeFile(join(bucket, `.telecine/tmp/${hostname()}.${pid}.half`), 'half')
  await put('one')
  expect([await objects(), await temporaryFiles()]).toEqual([['film.mp4'], []])
})
