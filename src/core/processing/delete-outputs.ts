import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import { objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import type { AssetPatch, CatalogTx, Transactions } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { indexesOf, indexObject, trackOf } from '../catalog/stream-files.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import { dropRepresentations } from '../packaging/drop-representations.ts'
import { dropVariants } from '../packaging/drop-variants.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { NewId, ProjectId } from '../shared/ids.ts'
import type { ObjectStore } from '../shared/object-store.ts'
import { DomainError } from '../shared/problem.ts'
import { readWhole } from '../shared/read-whole.ts'

export interface DeleteOutputsDeps extends BucketUse {
  readonly db: Transactions<CatalogTx>
  readonly store: Pick<ObjectStore, 'read' | 'put'>
  readonly newId: NewId
}

export interface OutputChoice {
  /** Of the template group; absent: whichever it is. */
  readonly groupId?: string
  /** Names below the play folder; absent: all outputs of the group. */
  readonly files?: readonly string[]
}

export interface OutputsOutcome {
  readonly deleted: readonly string[]
  readonly failed: readonly { readonly file: string; readonly reason: string }[]
  /** Why nothing of the group could be deleted. */
  readonly reason?: string
}

const MOST_BYTES = 16 << 20
const TRIES = 5

/**
 * Removes outputs of an asset: they are served no more with this call's transaction, their files are swept. An index goes with the
 * last one of its format, and then the asset is as if it had never been transcoded. Throws `asset_not_found`, `asset_deleted`, `asset_busy`, and
 * `media_unsupported` for a stream that is the tenant's own.
 */
export const deleteOutputs =
  (deps: DeleteOutputsDeps) =>
  async (projectId: ProjectId, id: string, choices: readonly OutputChoice[]): Promise<readonly OutputsOutcome[]> => {
    // Again when a transcode, or another deletion, replaced the streams between the look at them and the lock.
    for (let tried = 1; tried <= TRIES; tried++) {
      const streams = await deps.db.write((tx) => settledStreams(tx, projectId, id))
      const { gone, outcomes } = judge(streams, choices)
      if (gone.size === 0 || (await remove(deps, streams, gone))) return outcomes
    }
    throw new DomainError({ kind: 'asset_busy' })
  }

interface Streams {
  readonly asset: Asset
  readonly renditions: readonly Rendition[]
}

const settledStreams = async (tx: CatalogTx, projectId: ProjectId, id: string): Promise<Streams> => {
  const asset = await lockExisting(tx, projectId, id)
  if (isPlaylistType(asset.videoType)) {
    throw new DomainError({ kind: 'media_unsupported', reason: 'The stream was taken as it lies with the tenant' })
  }
  if (isTranscoding(asset) || asset.encryption?.change) throw new DomainError({ kind: 'asset_busy' })
  return { asset, renditions: await tx.renditions(asset.id) }
}

const NOT_OF_GROUP = 'the asset has no outputs of this template group'
const NO_OUTPUT = 'the asset has no such output'
const INDEX_STAYS = 'an index goes with the last output of its format'

/** Which playlists go, and what that means for each choice. */
const judge = (
  { asset, renditions }: Streams,
  choices: readonly OutputChoice[],
): { readonly gone: ReadonlySet<string>; readonly outcomes: readonly OutputsOutcome[] } => {
  const all = renditions.map(({ playlist }) => playlist)
  const isMeant = ({ groupId }: OutputChoice) =>
    all.length > 0 && (groupId === undefined || groupId === asset.templateGroupId)
  const gone = new Set(choices.filter(isMeant).flatMap(({ files = all }) => files.filter((file) => all.includes(file))))
  const namesOf = (some: readonly Rendition[]): readonly string[] => indexesOf(some).map(({ file }) => file)
  const indexes = namesOf(renditions)
  const stay = namesOf(renditions.filter(({ playlist }) => !gone.has(playlist)))
  const refusal = (file: string): string | undefined => {
    if (indexes.includes(file)) return stay.includes(file) ? INDEX_STAYS : undefined
    return gone.has(file) ? undefined : NO_OUTPUT
  }
  const outcomes = choices.map((choice): OutputsOutcome => {
    const { files = [...indexes, ...all] } = choice
    if (!isMeant(choice)) {
      const failed = (choice.files ?? []).map((file) => ({ file, reason: NOT_OF_GROUP }))
      return { deleted: [], failed, reason: NOT_OF_GROUP }
    }
    return {
      deleted: files.filter((file) => refusal(file) === undefined),
      failed: files.flatMap((file) => {
        const reason = refusal(file)
        return reason === undefined ? [] : [{ file, reason }]
      }),
    }
  })
  return { gone, outcomes }
}

/** `false`: the streams are not those any more that were looked at. */
const remove = async (deps: DeleteOutputsDeps, streams: Streams, gone: ReadonlySet<string>): Promise<boolean> => {
  const { asset } = streams
  const kept = streams.renditions.filter(({ playlist }) => !gone.has(playlist))
  // Kept files of transcodes before hold what was just deleted.
  const patch: AssetPatch = {
    ...(kept.length > 0 ? { index: await writeIndexes(deps, streams, kept) } : NO_STREAMS),
    retired: [],
  }
  return deps.db.write(async (tx) => {
    const now = await settledStreams(tx, asset.projectId, asset.id)
    if (versionOf(now) !== versionOf(streams)) return false
    await tx.replaceRenditions(asset.id, kept)
    await tx.updateAsset(asset.id, patch)
    await tx.record(asset.id, { type: 'outputs_removed' })
    return true
  })
}

const NO_STREAMS: AssetPatch = { index: null, transcode: { state: 'none', note: 'The outputs were deleted' } }

const versionOf = ({ asset, renditions }: Streams): string =>
  [asset.index, ...renditions.map(({ run, playlist }) => run + playlist)].join()

/** The indexes without what goes, under a name of their own: the asset's row says which ones count. */
const writeIndexes = async (
  deps: DeleteOutputsDeps,
  { asset, renditions }: Streams,
  kept: readonly Rendition[],
): Promise<string> => {
  const { store, newId } = deps
  const folder = resultsFolder(asset, deps.serviceBucket)
  const { bucket } = folder
  if (!(await mayUse(deps, asset.projectId, bucket))) throw new DomainError({ kind: 'bucket_not_authorized', bucket })
  const index = newId()
  for (const { file, format, contentType } of indexesOf(kept)) {
    const stored = objectIn(folder, PLAY_FOLDER + indexObject(asset.index, file))
    const before = (await readWhole(store, stored, { mostBytes: MOST_BYTES })).toString('utf8')
    const gone = renditions.filter((one) => one.format === format && !kept.includes(one))
    const text =
      format === 'HLS' ? dropVariants(before, playlistsOf(gone)) : dropRepresentations(before, foldersOf(gone))
    const written = objectIn(folder, PLAY_FOLDER + indexObject(index, file))
    await store.put(written, new TextEncoder().encode(text), { contentType })
  }
  return index
}

const playlistsOf = (renditions: readonly Rendition[]): ReadonlySet<string> =>
  new Set(renditions.map(({ playlist }) => playlist))

const foldersOf = (renditions: readonly Rendition[]): ReadonlySet<string> =>
  new Set(renditions.map((rendition) => `${rendition.run}_${trackOf(rendition)}`))
