import type { Asset } from '../../core/catalog/asset.ts'
import type { CatalogReader } from '../../core/catalog/ports.ts'
import type { Awaiting } from '../../core/delivery/preview-part.ts'
import type { ObjectAddress, ObjectStore } from '../../core/shared/object-store.ts'
import { pause } from '../../engine/pause.ts'

interface AwaitingDeps {
  readonly store: Pick<ObjectStore, 'head'>
  readonly reader: Pick<CatalogReader, 'assetById'>
}

/** Players give up a request after ten seconds. */
const LONGEST_MS = 8_000
const EVERY_MS = 100
/** Of different things at a time: each is looked for ten times a second. Who comes when there is no place may ask again. */
const PLACES = 100

/** Looks again and again, once for all who wait for the same. */
export const awaitIn = ({ store, reader }: AwaitingDeps): Awaiting => {
  const pending = new Map<string, Promise<unknown>>()
  const until = async <T>(name: string, look: () => Promise<T | undefined>): Promise<T | undefined> => {
    const shared = pending.get(name)
    // What has the same name is looked for alike.
    if (shared !== undefined) return shared as Promise<T | undefined>
    if (pending.size >= PLACES) return look()
    const looking = lookAgain(look).finally(() => pending.delete(name))
    pending.set(name, looking)
    return looking
  }
  const isThere = async (addresses: readonly ObjectAddress[]): Promise<true | undefined> => {
    const found = await Promise.all(addresses.map((address) => store.head(address)))
    return found.every((one) => one !== undefined) || undefined
  }
  return {
    objects: async (addresses) =>
      (await until(JSON.stringify(addresses.map(({ bucket, key }) => [bucket, key])), () => isThere(addresses))) ??
      false,
    probed: ({ id }: Asset) =>
      until(id, async () => {
        const asset = await reader.assetById(id)
        return asset?.media && asset
      }),
  }
}

const lookAgain = async <T>(look: () => Promise<T | undefined>): Promise<T | undefined> => {
  const over = AbortSignal.timeout(LONGEST_MS)
  for (;;) {
    const found = await look()
    if (found !== undefined || !(await pause(EVERY_MS, over))) return found
  }
}
