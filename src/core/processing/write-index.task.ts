import { madeRenditions } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { COVER_PATH, type ObjectFolder, objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import { INDEXES, indexesOf, indexObject, isInIndex, parametersOf } from '../catalog/stream-files.ts'
import { shownSubtitles } from '../catalog/subtitles.ts'
import { presentIndex } from '../packaging/present-index.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { AssetId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import type { TaskDefinition } from '../shared/task.ts'

export interface IndexDeps extends BucketUse {
  readonly reader: Pick<CatalogReader, 'assetById' | 'renditions'>
  readonly store: Pick<ObjectStore, 'read' | 'put' | 'remove'>
}

const MOST_INDEX_BYTES = 16 << 20
const MOST_COVER_BYTES = 64 << 20

/**
 * The indexes and the cover as files with their plain names, the indexes with playlists as the folder has them: so the folder
 * plays from any static host. Our own delivery does not need them (`servedObject`, `recordedStill`), so they are the files that
 * are overwritten, and follow the record; an index is removed here when no output of its format is left.
 */
export const writeIndex = (deps: IndexDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'index',
  ...STEPS.index,
  async run({ assetId }, { signal }) {
    let streams = await streamsOf(deps.reader, assetId)
    while (streams) {
      const folder = resultsFolder(streams.asset, deps.serviceBucket)
      if (!(await mayUse(deps, streams.asset.projectId, folder.bucket))) break
      await writePlain(deps.store, folder, { streams, signal })
      await copyCover(deps.store, folder, { asset: streams.asset, signal })
      // Whoever replaced the streams or the cover meanwhile may have written theirs before this one was.
      const now = await streamsOf(deps.reader, assetId)
      streams = now && versionOf(now) === versionOf(streams) ? undefined : now
    }
    return async () => {}
  },
  // Viewers lose nothing; the task itself keeps the reason.
  failed: () => async () => {},
})

const writePlain = async (
  store: IndexDeps['store'],
  folder: ObjectFolder,
  { streams, signal }: { readonly streams: Streams; readonly signal: AbortSignal },
): Promise<void> => {
  const { asset, renditions } = streams
  const shown = indexesOf(renditions)
  for (const { file, format, contentType } of shown) {
    // Of the first version: the plain one is what our delivery reads, too.
    if (asset.index === undefined) continue
    const index = objectIn(folder, PLAY_FOLDER + indexObject(asset.index, file))
    const text = (await readWhole(store, index, { mostBytes: MOST_INDEX_BYTES, signal })).toString('utf8')
    const named = renditions.filter((rendition) => rendition.format === format)
    const present = presentIndex(text, {
      isKept: (name) => isInIndex(named, name),
      subtitles: shownSubtitles(asset.subtitles, asset.media?.durationMs ?? 0),
    })
    const bytes = new TextEncoder().encode(asStored(present, named))
    await store.put(objectIn(folder, PLAY_FOLDER + file), bytes, { contentType, signal })
  }
  const others = INDEXES.filter(({ file }) => !shown.some((one) => one.file === file))
  await store.remove(
    folder.bucket,
    others.map(({ file }) => objectIn(folder, PLAY_FOLDER + file).key),
    signal,
  )
}

/** The first frame has that name from the beginning; a snapshot is named after the try that made it. */
const copyCover = async (
  store: IndexDeps['store'],
  folder: ObjectFolder,
  { asset: { cover }, signal }: { readonly asset: Asset; readonly signal: AbortSignal },
): Promise<void> => {
  if (cover === undefined || cover === COVER_PATH) return
  const picture = await readWhole(store, objectIn(folder, cover), { mostBytes: MOST_COVER_BYTES, signal })
  await store.put(objectIn(folder, COVER_PATH), picture, { contentType: 'image/jpeg', signal })
}

interface Streams {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
}

const streamsOf = async (reader: IndexDeps['reader'], assetId: AssetId): Promise<Streams | undefined> => {
  const asset = await reader.assetById(assetId)
  const renditions = (await reader.renditions([assetId])).get(assetId) ?? []
  return asset?.ingest.state === 'created' ? { asset, renditions: madeRenditions(asset, renditions) } : undefined
}

const versionOf = ({ asset, renditions }: Streams): string =>
  `${asset.cover} ${asset.index} ${JSON.stringify(asset.subtitles)} ${renditions.map(({ run, playlist }) => run + playlist).join()}`

/** 32 hex digits of a hash occur nowhere but in names. */
const asStored = (text: string, renditions: readonly Rendition[]): string =>
  renditions.reduce((names, rendition) => names.replaceAll(parametersOf(rendition), rendition.run), text)
