import { chmod, mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { StoreRefusedError } from '../../src/core/shared/object-store.ts'
import { createLocalStore } from '../support/object-store.ts'

const NOBODY = 65_534

/** Modes do not stop root; an ordinary user is stopped as it is. */
const asOrdinaryUser = async (work: () => Promise<void>): Promise<void> => {
  if (process.getuid?.() !== 0) return await work()
  process.seteuid?.(NOBODY)
  try {
    await work()
  } finally {
    process.seteuid?.(0)
  }
}

test('what the service may not read is refused by name, not a failure of the store', async () => {
  await using local = await createLocalStore()
  const { root, store } = local
  await mkdir(join(root, 'bucket/closed'), { recursive: true })
  for (const key of ['closed.mp4', 'closed/film.mp4']) await writeFile(join(root, 'bucket', key), 'film')
  const { etag = '' } = (await store.head({ bucket: 'bucket', key: 'closed.mp4' })) ?? {}
  // Made for its owner only; what is closed is to lie below.
  await chmod(root, 0o755)
  for (const name of ['closed.mp4', 'closed']) await chmod(join(root, 'bucket', name), 0)
  const copying = { ifMatch: etag, sizeBytes: 4, signal: new AbortController().signal }
  await asOrdinaryUser(async () => {
    for (const key of ['closed.mp4', 'closed/film.mp4']) {
      const object = { bucket: 'bucket', key }
      await expect(store.head(object)).rejects.toThrow(/^cannot look at object .*: permission denied$/)
      await expect(store.head(object)).rejects.toBeInstanceOf(StoreRefusedError)
      await expect(store.read(object)).rejects.toBeInstanceOf(StoreRefusedError)
      const target = { bucket: 'bucket', key: 'copy.mp4' }
      await expect(store.copy(object, target, copying)).rejects.toBeInstanceOf(StoreRefusedError)
    }
  })
  await chmod(join(root, 'bucket/closed'), 0o755)
})
