import { type AdoptedFile, streamFolder } from '../catalog/adopted-file.ts'
import type { Asset } from '../catalog/asset.ts'
import { COVER_PATH, fileNameOf, objectIn, resultsFolder } from '../catalog/object-keys.ts'
import type { CatalogReader, CatalogTx } from '../catalog/ports.ts'
import { findSource } from '../catalog/source-change.ts'
import { STEPS, type StepInput } from '../catalog/steps.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { PermanentFailure, type TaskContext, type TaskDefinition } from '../shared/task.ts'
import { adoptedMedia, adoptedRenditions, byQuality, type ProbedVariant } from './adopted-renditions.ts'
import { type CheckedFile, checkStreamFiles, sampleOf } from './check-stream-files.ts'
import { permanently } from './media-task.ts'
import { MediaFailure, type MediaTool, type PinnedObject } from './ports.ts'
import { probeVariants } from './probe-variants.ts'
import { checkIndexName, type DescribedStream, readStream } from './read-stream.ts'
import { requireBuckets, type SourceDeps } from './stored-source.ts'

export interface AdoptDeps extends SourceDeps {
  readonly reader: Pick<CatalogReader, 'assetById'>
  readonly store: Pick<ObjectStore, 'head' | 'put' | 'read'>
  readonly media: Pick<MediaTool, 'firstFrame' | 'probe'>
}

/**
 * Takes an HLS stream as it lies in the tenant's bucket: playlists are read strictly, every segment is looked at, the first of
 * each track is decoded. Nothing is copied or changed; from then on viewers reach exactly the files that were looked at.
 */
export const adoptStream = (deps: AdoptDeps): TaskDefinition<StepInput, CatalogTx> => ({
  kind: 'adopt',
  ...STEPS.adopt,
  async run({ assetId }, context) {
    const asset = await deps.reader.assetById(assetId)
    if (asset?.ingest.state !== 'creating') return async () => {}
    const { files, variants, allBytes, hasCover } = await permanently(lookThrough(deps, asset, context))
    const root = fileNameOf(asset.source.key)
    const [best] = variants
    if (!best) throw new Error('a stream has at least one variant')
    return async (tx) => {
      const now = await tx.lockAsset(assetId)
      if (now?.ingest.state !== 'creating') return
      await tx.replaceAdoptedFiles(assetId, files)
      await tx.replaceRenditions(assetId, adoptedRenditions(variants, { assetId, run: context.tryId, root }))
      await tx.updateAsset(assetId, {
        ...{ ingest: { state: 'created' }, media: adoptedMedia(best, allBytes) },
        ...(hasCover && { cover: COVER_PATH }),
      })
      await tx.record(assetId, { type: 'adopted' })
    }
  },
  failed:
    ({ assetId }, reason) =>
    async (tx) => {
      const asset = await tx.lockAsset(assetId)
      if (asset?.ingest.state !== 'creating') return
      const stream = `${asset.source.bucket}/${asset.source.key}`
      await tx.updateAsset(assetId, { ingest: { state: 'failed', reason: `Adopting ${stream} failed: ${reason}` } })
      await tx.record(assetId, { type: 'ingest_failed' })
    },
})

interface LookedThrough {
  readonly files: readonly AdoptedFile[]
  readonly variants: readonly ProbedVariant[]
  readonly allBytes: number
  readonly hasCover: boolean
}

const lookThrough = async (deps: AdoptDeps, asset: Asset, context: TaskContext): Promise<LookedThrough> => {
  const { store, media } = deps
  const { signal } = context
  await requireBuckets(deps, asset)
  const root = await findSource(store, asset.source, signal)
  if (typeof root === 'string') throw new PermanentFailure(`the playlist was ${root} after the request`)
  const { bucket, key } = asset.source
  const files = { store, bucket, folder: streamFolder(key), signal }
  const stream = await readStream(files, asset.source)
  const checked = await checkStreamFiles(files, stream, context.progress)
  checkIndexName(stream, checked.keys(), fileNameOf(key))
  const variants = byQuality(await probeVariants(media, { stream, checked, signal }))
  const objects = [...stream.playlists.values(), ...[...checked.values()].map(({ object }) => object)]
  return {
    files: adoptedFiles(stream, checked),
    variants,
    allBytes: objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    hasCover: await makeCover(deps, asset, { stream, checked, best: variants[0], signal }),
  }
}

const adoptedFiles = (
  { playlists }: DescribedStream,
  checked: ReadonlyMap<string, CheckedFile>,
): readonly AdoptedFile[] => {
  const file = (path: string, { etag }: PinnedObject, contentType: string) => ({ path, etag, contentType })
  const segments = new Map([...checked].map(([path, { object, kind }]) => [path, file(path, object, kind)]))
  // A playlist that is named as a segment, too, would have failed: it does not begin like one.
  const lists = [...playlists].map(([path, object]) => file(path, object, 'application/vnd.apple.mpegurl'))
  return [...lists, ...segments.values()]
}

interface Shown {
  readonly stream: DescribedStream
  readonly checked: ReadonlyMap<string, CheckedFile>
  readonly best: ProbedVariant | undefined
  readonly signal: AbortSignal
}

/** A stream without a cover is still good. */
const makeCover = async (
  { store, media, serviceBucket }: AdoptDeps,
  asset: Asset,
  { stream, checked, best, signal }: Shown,
): Promise<boolean> => {
  const track = stream.variants.find(({ path }) => path === best?.path)
  if (!track || !best?.media.video) return false
  try {
    const picture = await media.firstFrame(sampleOf(track.playlist, checked), best.media, signal)
    const options = { contentType: 'image/jpeg', signal }
    await store.put(objectIn(resultsFolder(asset, serviceBucket), COVER_PATH), picture, options)
    return true
  } catch (error) {
    if (error instanceof MediaFailure && error.permanent) return false
    throw error
  }
}
