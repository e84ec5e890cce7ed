import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { type Credentials, loadMasterKey, readCredentials, writeCredentials } from '../../src/main/credentials.ts'
import { lockDataFolder } from '../../src/main/data-folder-lock.ts'
import { makeFolder } from '../../src/main/make-folder.ts'

const temporaryFolder = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'telecine-data-'))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

const credentials: Credentials = {
  endpoint: 'http://127.0.0.1:8080',
  region: 'cn-north-4',
  project_id: 'a'.repeat(32),
  access_key: 'AK',
  secret_key: 'SK',
  domain: 'telecine',
  user: 'admin',
  password: 'secret',
}

test('credentials come back as written, readable by their owner only', async () => {
  const folder = await temporaryFolder()
  expect(await readCredentials(folder)).toBeUndefined()
  await writeCredentials(folder, { ...credentials, password: 'old' })
  await writeCredentials(folder, credentials)
  expect(await readCredentials(folder)).toEqual(credentials)
  expect((await stat(join(folder, 'credentials.json'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['credentials.json'])
})

test('credentials that lack something are refused', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'credentials.json'), '{"endpoint":"http://127.0.0.1"}')
  await expect(readCredentials(folder)).rejects.toThrow(/credentials\.json lacks one of: endpoint, region/)
})

test('a folder is made with those above it, also when several make it at once', async () => {
  const path = join(await temporaryFolder(), 'a/b/c')
  await Promise.all(Array.from({ length: 8 }, () => makeFolder(path)))
  await makeFolder(path)
  expect((await stat(path)).isDirectory()).toBe(true)
  await writeFile(join(path, 'file'), '')
  await expect(makeFolder(join(path, 'file'))).rejects.toThrow('EEXIST')
  await expect(makeFolder(join(path, 'file/below'))).rejects.toThrow('ENOTDIR')
})

test('the master key is made once, also when several start at once', async () => {
  const folder = await temporaryFolder()
  const keys = await Promise.all(Array.from({ length: 8 }, () => loadMasterKey(folder, { kind: 'file' })))
  expect(keys[0]).toHaveLength(32)
  expect(new Set(keys.map((key) => key.toString('hex'))).size).toBe(1)
  expect(await loadMasterKey(folder, { kind: 'file' })).toEqual(keys[0])
  expect((await stat(join(folder, 'master.key'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['master.key'])
})

test('a given master key is used and written nowhere', async () => {
  const folder = await temporaryFolder()
  const key = Buffer.alloc(32, 1)
  expect(await loadMasterKey(folder, { kind: 'given', key })).toBe(key)
  expect(await readdir(folder)).toEqual([])
})

test('a broken master key is never replaced', async () => {
  const folder = await temporaryFolder()
  await writeFile(join(folder, 'master.key'), 'short\n')
  await expect(loadMasterKey(folder, { kind: 'file' })).rejects.toThrow(/does not hold 32 bytes in base64/)
})

test('the data folder is held by one at a time and free after it was released', async () => {
  const folder = await temporaryFolder()
  {
    using _lock = await lockDataFolder(folder)
    await expect(lockDataFolder(folder)).rejects.toThrow(
      `the data folder ${folder} is in use by another telecine (process ${process.pid})`,
    )
  }
  using _again = await lockDataFolder(folder)
})
