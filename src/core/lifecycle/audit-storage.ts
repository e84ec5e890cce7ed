import { madeRenditions } from '../catalog/adopted-file.ts'
import { markObject } from '../catalog/mark.ts'
import { type ObjectFolder, objectIn, resultsFolder } from '../catalog/object-keys.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import { type AssetId, parseAssetId, parseProjectId } from '../shared/ids.ts'
import { type ObjectAddress, ObjectChangedError, type ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import type { AssetPlace, AssetRecord, AuditReader } from './audit-ports.ts'
import { ownsObject } from './owned-objects.ts'
import { requiredFiles } from './required-files.ts'
import { stuckStates } from './stuck-states.ts'

export type Finding =
  /** An object of our bucket that nothing owns. `awaits_sweep`: there is work that will remove it. */
  | { readonly kind: 'orphan' | 'awaits_sweep'; readonly bucket: string; readonly key: string }
  /** A record promises it, that of an asset or of a watermark, and it is not there. */
  | { readonly kind: 'missing'; readonly asset?: AssetId; readonly bucket: string; readonly key: string }
  /** This part of the asset waits for work, and there is none. */
  | { readonly kind: 'stuck'; readonly asset: AssetId; readonly state: string }

export interface AuditDeps extends BucketUse {
  readonly reader: AuditReader
  readonly store: Pick<ObjectStore, 'head' | 'list' | 'read'>
  readonly now: Now
}

const PAGE = 500
const MOST_PLAYLIST_BYTES = 16 << 20

/**
 * Our bucket against the tables, side by side in one order, so that memory holds the names of one folder. Nothing stands still
 * meanwhile: what looks wrong is looked at once more, and only what is found both times is answered.
 */
export async function* auditStorage(deps: AuditDeps, signal: AbortSignal): AsyncGenerator<Finding> {
  const places = everyPlace(deps.reader)
  let next = await nextOf(places)
  for await (const { name, place, keys } of foldersOf(deps, signal)) {
    for (; next && nameOf(next) < name; next = await nextOf(places))
      yield* auditAsset(deps, { place: next, keys: [] }, signal)
    if (place) yield* auditAsset(deps, { place, keys }, signal)
    else yield* auditOthers(deps, keys)
    if (next && nameOf(next) === name) next = await nextOf(places)
  }
  for (; next; next = await nextOf(places)) yield* auditAsset(deps, { place: next, keys: [] }, signal)
  yield* auditMarks(deps, signal)
}

/** Behind the rest: one that is confirmed meanwhile is there before its row says so. */
async function* auditMarks({ reader, store, serviceBucket }: AuditDeps, signal: AbortSignal): AsyncGenerator<Finding> {
  for (const { picture, ...owner } of await reader.marks()) {
    const object = markObject(owner, picture, serviceBucket)
    if (await store.head(object, signal)) continue
    const isStillNamed = await reader.hasWatermark(owner.watermarkId)
    if (isStillNamed) yield { kind: 'missing', ...object }
  }
}

/** Keys that follow one another. */
interface Folder {
  /** Their first two parts. */
  readonly name: string
  /** Whose folder it is by its name; absent: no asset's. */
  readonly place: AssetPlace | undefined
  readonly keys: readonly string[]
}

const nameOf = ({ projectId, id }: AssetPlace): string => `${projectId}/${id}`

async function* foldersOf({ store, serviceBucket }: AuditDeps, signal: AbortSignal): AsyncGenerator<Folder> {
  let folder: Folder & { readonly keys: string[] } = { name: '', place: undefined, keys: [] }
  for await (const { key } of store.list(serviceBucket, '', signal)) {
    const [project = '', second = ''] = key.split('/', 2)
    const name = `${project}/${second}`
    // What is no asset's has no bound.
    if (name !== folder.name || !folder.place) {
      if (folder.keys.length > 0) yield folder
      folder = { name, place: placeOf(project, second), keys: [] }
    }
    folder.keys.push(key)
  }
  if (folder.keys.length > 0) yield folder
}

const placeOf = (project: string, asset: string): AssetPlace | undefined => {
  const [projectId, id] = [parseProjectId(project), parseAssetId(asset)]
  return projectId && id && { projectId, id }
}

/** Pictures of watermarks, and what is nobody's. */
async function* auditOthers({ reader, serviceBucket }: AuditDeps, keys: readonly string[]): AsyncGenerator<Finding> {
  for (const key of keys) {
    const [, watermark] = /^[0-9a-f]{32}\/watermark\/([0-9a-f]{32})[._]/.exec(key) ?? []
    const isOwned = watermark !== undefined && (await reader.hasWatermark(watermark))
    if (!isOwned) yield { kind: 'orphan', bucket: serviceBucket, key }
  }
}

async function* everyPlace(reader: AuditReader): AsyncGenerator<AssetPlace> {
  let last: AssetPlace | undefined
  for (;;) {
    const page = await reader.placesAfter(last, PAGE)
    yield* page
    last = page.at(-1)
    if (page.length < PAGE) return
  }
}

const nextOf = async (places: AsyncGenerator<AssetPlace>): Promise<AssetPlace | undefined> => {
  const { done, value } = await places.next()
  return done ? undefined : value
}

interface Listed {
  readonly place: AssetPlace
  /** Below its folder in our bucket. */
  readonly keys: readonly string[]
}

async function* auditAsset(deps: AuditDeps, listed: Listed, signal: AbortSignal): AsyncGenerator<Finding> {
  const first = await look(deps, listed, signal)
  if (first.length === 0) return
  const keys = await keysBelow(deps, resultsFolder(listed.place, deps.serviceBucket), signal)
  const second = await look(deps, { place: listed.place, keys }, signal)
  const seen = new Set(first.map((finding) => JSON.stringify(finding)))
  yield* second.filter((finding) => seen.has(JSON.stringify(finding)))
}

const keysBelow = ({ store }: AuditDeps, { bucket, prefix }: ObjectFolder, signal: AbortSignal) =>
  Array.fromAsync(store.list(bucket, prefix, signal), ({ key }) => key)

const look = async (deps: AuditDeps, listed: Listed, signal: AbortSignal): Promise<readonly Finding[]> => {
  const { place, keys } = listed
  const bucket = deps.serviceBucket
  const { prefix } = resultsFolder(place, bucket)
  const found = await deps.reader.record(place.id)
  const record = found?.asset.projectId === place.projectId ? found : undefined
  const unowned = keys.filter((key) => !owns(deps, record, key.slice(prefix.length)))
  const openWork = record || unowned.length === 0 ? record?.openWork : await deps.reader.openWork(place.id)
  const kind = openWork?.includes('sweep') ? 'awaits_sweep' : 'orphan'
  return [
    ...unowned.map((key): Finding => ({ kind, bucket, key })),
    ...(record ? await missing(deps, { record, keys }, signal) : []),
    ...(record ? stuckStates(record) : []).map((state): Finding => ({ kind: 'stuck', asset: place.id, state })),
  ]
}

/** What stays with the tenant has nothing in our bucket. */
const owns = ({ now }: AuditDeps, record: AssetRecord | undefined, path: string): boolean => {
  if (!record || record.asset.output) return false
  const renditions = madeRenditions(record.asset, record.renditions)
  return ownsObject(record.asset, { renditions, nowMs: now().getTime() }, path)
}

const missing = async (
  deps: AuditDeps,
  { record, keys }: { readonly record: AssetRecord; readonly keys: readonly string[] },
  signal: AbortSignal,
): Promise<readonly Finding[]> => {
  const { asset } = record
  const folder = resultsFolder(asset, deps.serviceBucket)
  if (!(await mayUse(deps, asset.projectId, folder.bucket))) return []
  const there = new Set(asset.output ? await keysBelow(deps, folder, signal) : keys)
  const required = await requiredFiles(record, async (path) => {
    const object = objectIn(folder, path)
    return there.has(object.key) ? readPlaylist(deps, object, signal) : undefined
  })
  return [...required]
    .map((path) => objectIn(folder, path))
    .filter(({ key }) => !there.has(key))
    .map((object) => ({ kind: 'missing', asset: asset.id, ...object }))
}

const readPlaylist = async ({ store }: AuditDeps, object: ObjectAddress, signal: AbortSignal) => {
  try {
    return (await readWhole(store, object, { mostBytes: MOST_PLAYLIST_BYTES, signal })).toString('utf8')
  } catch (error) {
    if (error instanceof ObjectChangedError) return undefined
    throw error
  }
}
