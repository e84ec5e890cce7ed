import type { Asset } from '../catalog/asset.ts'
import { objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { indexesOf, indexObject, parametersOf } from '../catalog/stream-files.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { AssetId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import type { TaskDefinition } from '../shared/task.ts'

export interface IndexDeps extends BucketUse {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'read' | 'put'>
}

const MOST_BYTES = 16 << 20

/**
 * The indexes as files with their plain names, which name playlists as the folder has them: so the folder plays from any static
 * host. Our own delivery does not need them (`servedObject`), so they are the files that are overwritten, and follow the record.
 */
export const writeIndex = (deps: IndexDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'index',
  ...STEPS.index,
  async run({ assetId }, { signal }) {
    const { reader, store } = deps
    let streams = await present(reader, assetId)
    while (streams) {
      const folder = resultsFolder(streams.asset, deps.serviceBucket)
      if (!(await mayUse(deps, streams.asset.projectId, folder.bucket))) break
      for (const { file, format, contentType } of indexesOf(streams.renditions)) {
        const index = objectIn(folder, PLAY_FOLDER + indexObject(streams.asset.index, file))
        const text = (await readWhole(store, index, { mostBytes: MOST_BYTES, signal })).toString('utf8')
        const named = streams.renditions.filter((rendition) => rendition.format === format)
        const bytes = new TextEncoder().encode(asStored(text, named))
        await store.put(objectIn(folder, PLAY_FOLDER + file), bytes, { contentType, signal })
      }
      // Whoever replaced the streams meanwhile may have written theirs before this one was.
      const now = await present(reader, assetId)
      streams = now && versionOf(now) === versionOf(streams) ? undefined : now
    }
    return async () => {}
  },
  // Viewers lose nothing; the task itself keeps the reason.
  failed: () => async () => {},
})

interface Streams {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
}

const present = async (reader: IndexDeps['reader'], assetId: AssetId): Promise<Streams | undefined> => {
  const asset = await reader.assetById(assetId)
  const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
  return asset?.index === undefined || asset.ingest.state !== 'created' ? undefined : { asset, renditions }
}

const versionOf = ({ asset, renditions }: Streams): string =>
  `${asset.index} ${renditions.map(({ run }) => run).join()}`

/** 32 hex digits of a hash occur nowhere but in names. */
const asStored = (text: string, renditions: readonly Rendition[]): string =>
  renditions.reduce((names, rendition) => names.replaceAll(parametersOf(rendition), rendition.run), text)
