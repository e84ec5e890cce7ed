import { adoptedRenditionsOf, madeRenditions } from '../catalog/adopted-file.ts'
import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { AssetPatch, CatalogTx, Transactions } from '../catalog/ports.ts'
import type { Rendition } from '../catalog/rendition.ts'
import { indexesOf } from '../catalog/stream-files.ts'
import { subtitlesOfNewOutputs } from '../catalog/subtitles.ts'
import type { ProjectId } from '../shared/ids.ts'
import { DomainError } from '../shared/problem.ts'

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

/**
 * Removes outputs of an asset: they are served no more with this call's transaction, their files are swept. An index goes with the
 * last one of its format, and with the last of all the asset is as if it had never been transcoded; they stay when its source is gone. Throws `asset_not_found`, `asset_deleted`, `asset_busy`, and
 * `media_unsupported` for a stream that is the tenant's own, of which nothing was made.
 */
export const deleteOutputs =
  ({ db }: { readonly db: Transactions<CatalogTx> }) =>
  (projectId: ProjectId, id: string, choices: readonly OutputChoice[]): Promise<readonly OutputsOutcome[]> =>
    db.write(async (tx) => {
      const streams = await settledStreams(tx, projectId, id)
      const { gone, outcomes } = judge(streams, choices)
      if (gone.size === 0) return outcomes
      const { asset, adopted, renditions } = streams
      const kept = renditions.filter(({ playlist }) => !gone.has(playlist))
      await tx.replaceRenditions(asset.id, [...adopted, ...kept])
      await tx.updateAsset(asset.id, afterwards(asset, kept))
      await tx.record(asset.id, { type: 'outputs_removed' })
      return outcomes
    })

interface Streams {
  readonly asset: Asset
  /** A stream that is the tenant's own, and stays. */
  readonly adopted: readonly Rendition[]
  readonly renditions: readonly Rendition[]
}

const settledStreams = async (tx: CatalogTx, projectId: ProjectId, id: string): Promise<Streams> => {
  const asset = await lockExisting(tx, projectId, id)
  const all = await tx.renditions(asset.id)
  const [adopted, renditions] = [adoptedRenditionsOf(asset, all), madeRenditions(asset, all)]
  if (adopted.length > 0 && renditions.length === 0) {
    throw new DomainError({ kind: 'media_unsupported', reason: 'The stream was taken as it lies with the tenant' })
  }
  if (isTranscoding(asset) || asset.encryption?.change) throw new DomainError({ kind: 'asset_busy' })
  return { asset, adopted, renditions }
}

const NOT_OF_GROUP = 'the asset has no outputs of this template group'
const NO_OUTPUT = 'the asset has no such output'
const INDEX_STAYS = 'an index goes with the last output of its format'
const NOTHING_ELSE = 'the source of the asset was deleted, so it would be left with nothing at all'

/** Which playlists go, and what that means for each choice. */
const judge = (
  { asset, renditions }: Streams,
  choices: readonly OutputChoice[],
): { readonly gone: ReadonlySet<string>; readonly outcomes: readonly OutputsOutcome[] } => {
  const all = renditions.map(({ playlist }) => playlist)
  const isMeant = ({ groupId }: OutputChoice) =>
    all.length > 0 && (groupId === undefined || groupId === asset.templateGroupId)
  const chosen = choices.filter(isMeant).flatMap(({ files = all }) => files)
  const wanted = new Set(all.filter((file) => chosen.includes(file)))
  const isRefused = asset.sourceRemoved && wanted.size === all.length
  const gone = isRefused ? new Set<string>() : wanted
  const namesOf = (some: readonly Rendition[]): readonly string[] => indexesOf(some).map(({ file }) => file)
  const indexes = namesOf(renditions)
  const stay = namesOf(renditions.filter(({ playlist }) => !gone.has(playlist)))
  const refusal = (file: string): string | undefined => {
    if (isRefused && (wanted.has(file) || indexes.includes(file))) return NOTHING_ELSE
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
      ...(isRefused && { reason: NOTHING_ELSE }),
    }
  })
  return { gone, outcomes }
}

/** The indexes stay as they were written: `presentIndex` leaves out what goes. */
const afterwards = ({ subtitles }: Asset, kept: readonly Rendition[]): AssetPatch => ({
  ...(kept.length === 0 && { index: null, transcode: { state: 'none', note: 'The outputs were deleted' } }),
  ...(kept.length === 0 && subtitles && { subtitles: subtitlesOfNewOutputs(subtitles) }),
  // Kept files of transcodes before hold what was just deleted.
  retired: [],
})
