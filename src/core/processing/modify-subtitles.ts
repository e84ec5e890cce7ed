import { madeRenditions } from '../catalog/adopted-file.ts'
import { type Asset, type AssetSource, isTranscoding } from '../catalog/asset.ts'
import { lockExisting } from '../catalog/lock-existing.ts'
import type { CatalogTx, Transactions } from '../catalog/ports.ts'
import {
  type AddedSubtitle,
  changedSubtitles,
  isNamed,
  listedSubtitles,
  MOST_SUBTITLES,
  NO_SUBTITLES,
  type SubtitleEdit,
  type SubtitleName,
} from '../catalog/subtitles.ts'
import { SubtitleDefect } from '../packaging/cue.ts'
import type { BucketGrants } from '../shared/bucket-grants.ts'
import type { ProjectId } from '../shared/ids.ts'
import { ObjectChangedError, type ObjectInfo, type ObjectStore, StoreRefusedError } from '../shared/object-store.ts'
import { DomainError, invalidField } from '../shared/problem.ts'
import { MOST_SUBTITLE_BYTES, readCues } from './added-subtitles.ts'

interface Deps {
  readonly db: Transactions<CatalogTx>
  readonly grants: BucketGrants
  readonly store: Pick<ObjectStore, 'head' | 'read'>
  readonly region: string
}

export interface SubtitleOrder extends Omit<SubtitleEdit, 'type' | 'add'> {
  readonly add: readonly (SubtitleName & { readonly file: SubtitleAddress })[]
}

export interface SubtitleAddress {
  readonly bucket: string
  readonly key: string
  /** Absent: ours. */
  readonly region?: string
}

/**
 * Adds and removes subtitles of an asset, all of the order or nothing; a task writes their files, and then the indexes show them. The files are
 * read here as well, so that whoever sends a broken one is told at once. Order of checks: fields, asset, region, grant, object, what is in it.
 * Throws `invalid_field`, `asset_not_found`, `asset_deleted`, `asset_busy` (also without HLS outputs that are ours), `wrong_region`,
 * `bucket_not_authorized`, `subtitle_not_found`, `source_unreadable`.
 */
export const modifySubtitles =
  ({ db, ...deps }: Deps) =>
  async (projectId: ProjectId, id: string, order: SubtitleOrder): Promise<void> => {
    requireConsistent(order)
    await db.write((tx) => lockEditable(tx, projectId, { id, order }))
    const add: AddedSubtitle[] = []
    for (const [n, { file, ...name }] of order.add.entries()) {
      add.push({ ...name, object: await findFile(deps, projectId, { ...name, file, entry: n + 1 }) })
    }
    await db.write(async (tx) => {
      const asset = await lockEditable(tx, projectId, { id, order })
      const change: SubtitleEdit = { ...order, type: 'edit', add }
      await tx.updateAsset(asset.id, { subtitles: { ...(asset.subtitles ?? NO_SUBTITLES), change } })
      await tx.record(asset.id, { type: 'subtitles_requested' })
    })
  }

const requireConsistent = ({ add, remove, defaultLanguage }: SubtitleOrder): void => {
  if (add.length + remove.length === 0 && defaultLanguage === undefined) {
    throw invalidField('add_subtitles', 'is required without delete_subtitles and default_language')
  }
  for (const [field, names] of [['add_subtitles', add] as const, ['delete_subtitles', remove] as const]) {
    const twice = names.findIndex((name, n) => names.slice(0, n).some(isNamed(name)))
    if (twice !== -1)
      throw invalidField(field, `(entry ${twice + 1}) names a language and type that stand there before`)
  }
  const both = remove.findIndex(({ language }) => add.some((added) => added.language === language))
  if (both !== -1) throw invalidField('delete_subtitles.language', `(entry ${both + 1}) is also added`)
}

interface Edit {
  readonly id: string
  readonly order: SubtitleOrder
}

/** The asset, locked, if that can be done with it. */
const lockEditable = async (tx: CatalogTx, projectId: ProjectId, { id, order }: Edit): Promise<Asset> => {
  const asset = await lockExisting(tx, projectId, id)
  // A stream that was taken as it lies is the tenant's own, and its playlist is not ours to change.
  const hasHls = madeRenditions(asset, await tx.renditions(asset.id)).some(({ format }) => format === 'HLS')
  const isBusy = isTranscoding(asset) || asset.encryption?.change || asset.subtitles?.change
  if (!hasHls || isBusy || asset.ingest.state !== 'created') throw new DomainError({ kind: 'asset_busy' })
  const { subtitles = NO_SUBTITLES } = asset
  const listed = listedSubtitles(subtitles)
  if (order.remove.some((name) => !listed.some(isNamed(name)))) throw new DomainError({ kind: 'subtitle_not_found' })
  const made = order.add.map(({ type, language }) => ({ type, language, file: '', sizeBytes: 0 }))
  const after = changedSubtitles(subtitles, { ...order, type: 'edit' }, made)
  if (after.tracks.length > MOST_SUBTITLES) {
    throw invalidField('add_subtitles', `would leave the asset with more than ${MOST_SUBTITLES} subtitles`)
  }
  const isDefaultThere = listedSubtitles(after).some(({ language }) => language === order.defaultLanguage)
  if (order.defaultLanguage !== undefined && !isDefaultThere) {
    throw invalidField('default_language', 'names no subtitle that the asset has, or will have')
  }
  return asset
}

interface Wanted extends SubtitleName {
  readonly file: SubtitleAddress
  /** In the list, from 1. */
  readonly entry: number
}

const findFile = async (deps: Omit<Deps, 'db'>, projectId: ProjectId, wanted: Wanted): Promise<AssetSource> => {
  const { file, entry, type } = wanted
  const { bucket, key, region = deps.region } = file
  if (region !== deps.region) throw new DomainError({ kind: 'wrong_region', location: region, region: deps.region })
  if (!(await deps.grants.isGranted(projectId, bucket)))
    throw new DomainError({ kind: 'bucket_not_authorized', bucket })
  try {
    const found = await deps.store.head({ bucket, key })
    if (!found) throw new DomainError({ kind: 'subtitle_not_found' })
    requireSize(found, entry)
    const object = { bucket, key, sizeBytes: found.sizeBytes, etag: found.etag }
    await readCues(deps.store, { object, type })
    return object
  } catch (error) {
    if (error instanceof SubtitleDefect)
      throw invalidField(OBJECT, `(entry ${entry}) names a file that ${error.message}`)
    if (error instanceof ObjectChangedError) throw new DomainError({ kind: 'subtitle_not_found' }, { cause: error })
    if (!(error instanceof StoreRefusedError)) throw error
    throw new DomainError({ kind: 'source_unreadable', bucket, key, reason: error.message }, { cause: error })
  }
}

const OBJECT = 'add_subtitles.obs_info.object'

const requireSize = ({ sizeBytes }: ObjectInfo, entry: number): void => {
  if (sizeBytes <= MOST_SUBTITLE_BYTES) return
  throw invalidField(
    OBJECT,
    `(entry ${entry}) names a file of ${sizeBytes} bytes; subtitles have at most ${MOST_SUBTITLE_BYTES}`,
  )
}
