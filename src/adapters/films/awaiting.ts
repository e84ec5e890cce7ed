import type { CatalogReader } from '../../core/catalog/ports.ts'
import type { Awaiting, Found, Wait } from '../../core/delivery/preview-part.ts'
import type { ObjectAddress, ObjectStore } from '../../core/shared/object-store.ts'
import { shareLooks } from '../../core/shared/share-looks.ts'
import { pause } from '../../engine/pause.ts'

interface AwaitingDeps {
  readonly store: Pick<ObjectStore, 'head'>
  readonly reader: Pick<CatalogReader, 'assetById'>
}

const EVERY_MS = 100
/** What is asked for by nobody any more gives way to what is (`givesWay`). */
const LOOKS_PER_DEMAND = 5
/** Requests that wait at a time. Who comes when there is no place may ask again. */
const PLACES = 200

/** Looks again and again. One per process. */
export const awaitIn = ({ store, reader }: AwaitingDeps): Awaiting => {
  let waiting = 0
  const isThere = shareLooks(async (name: string) => (await store.head(addressOf(name))) !== undefined)
  const probed = shareLooks(reader.assetById)
  const lookAgain = async <T>(
    { signal }: Wait,
    look: (n: number) => Promise<T | undefined>,
  ): Promise<T | undefined> => {
    if (waiting >= PLACES) return look(0)
    waiting++
    try {
      for (let n = 0; ; n++) {
        const found = await look(n)
        if (found !== undefined || !(await pause(EVERY_MS, signal))) return found
      }
    } finally {
      waiting--
    }
  }
  return {
    objects: async (addresses, { signal, demand }) =>
      (await lookAgain({ signal }, async (n): Promise<Found | undefined> => {
        const found = await Promise.all(addresses.map((address) => isThere(nameOf(address))))
        if (found.every((one) => one)) return 'there'
        return n % LOOKS_PER_DEMAND > 0 || (await demand()) ? undefined : 'never'
      })) ?? 'later',
    probed: ({ id }, wait) =>
      lookAgain(wait, async () => {
        const asset = await probed(id)
        return asset?.media || asset?.ingest.state === 'failed' ? asset : undefined
      }),
  }
}

/** Buckets have no slash in their names. */
const nameOf = ({ bucket, key }: ObjectAddress): string => `${bucket}/${key}`

const addressOf = (name: string): ObjectAddress => {
  const at = name.indexOf('/')
  return { bucket: name.slice(0, at), key: name.slice(at + 1) }
}
