import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { keyUriOf } from '../catalog/key-settings.ts'
import { objectIn, PLAY_FOLDER, resultsFolder } from '../catalog/object-keys.ts'
import {
  mayPreview,
  openPreview,
  type Preview,
  type PreviewPlan,
  planPreview,
  previewInit,
  previewKinds,
  previewOf,
  previewSegment,
} from '../catalog/preview.ts'
import { untranscodable } from '../catalog/transcodable.ts'
import { requireBox } from '../packaging/boxes.ts'
import { parseTrackHeader } from '../packaging/track-header.ts'
import { mayUse } from '../shared/bucket-grants.ts'
import type { Now } from '../shared/clock.ts'
import type { AssetId } from '../shared/ids.ts'
import type { ObjectAddress, ObjectStore } from '../shared/object-store.ts'
import { readWhole } from '../shared/read-whole.ts'
import {
  type PreviewCodecs,
  type PreviewFile,
  parsePreviewPath,
  previewIndex,
  previewManifest,
  previewPlaylist,
} from './preview-stream.ts'
import { type SourceUse, sourceFilm } from './source-film.ts'

export interface Demand {
  readonly segment: number
  /** What is made just now comes to it soon. */
  readonly isNear: boolean
  /** Of which preview; absent: the asset's, which there is from then on. */
  readonly run?: string
}

/** Has segments of previews made, above all other work. */
export interface PreviewDemands {
  /** Unless it is being made. `undefined`: it cannot be made, or nobody may have it any more. */
  demand(id: AssetId, demand: Demand): Promise<Preview | undefined>
}

/** Waits for what is being made, until the signal fires. */
export interface Awaiting {
  /** Asks `demand` now and then, if they are not there; what answers `false` is not made. */
  objects(addresses: readonly ObjectAddress[], wait: Wait & { readonly demand: () => Promise<boolean> }): Promise<Found>
  /** The asset once it was probed, or has failed. */
  probed(asset: Asset, wait: Wait): Promise<Asset | undefined>
}

export interface Wait {
  readonly signal: AbortSignal
}

export type Found = 'there' | 'later' | 'never'

export interface PreviewUse extends SourceUse {
  readonly store: Pick<ObjectStore, 'head' | 'read'>
  readonly demands: PreviewDemands
  readonly awaiting: Awaiting
  readonly now: Now
}

export type PreviewAnswer =
  | { readonly type: 'text'; readonly contentType: string; readonly text: string; readonly leadsToKeys?: true }
  | { readonly type: 'object'; readonly object: ObjectAddress; readonly contentType: string }
  /** It is being made. */
  | { readonly type: 'later' }

export interface PreviewRequest extends Wait {
  /** Below the asset. */
  readonly path: string
  /** Whether it is HEAD: then nothing is made. */
  readonly isLook: boolean
  readonly hasRenditions: boolean
}

/**
 * A file of the preview of an asset whose source cannot be played as it is, made if need be. `undefined`: there is none. Of an asset that has renditions only
 * the files of a preview that was begun before.
 */
export const previewPart = async (
  use: PreviewUse,
  asset: Asset,
  request: PreviewRequest,
): Promise<PreviewAnswer | undefined> => {
  const file = parsePreviewPath(request.path)
  if (!file || !(await isPlayed(use, asset))) return
  if (file.type !== 'index') return trackPart(use, asset, { file, request })
  return request.hasRenditions ? undefined : indexPart(use, asset, { format: file.format, request })
}

/** Whether a path is that of a preview, and of no rendition. */
export const isPreviewFile = (asset: Asset, path: string, nowMs: number): boolean => {
  const file = parsePreviewPath(path)
  return file !== undefined && file.type !== 'index' && previewOf(asset, { run: file.run, nowMs }) !== undefined
}

/** Whether there is a preview for who asks now. */
export const hasPreview = async (use: SourceUse, asset: Asset): Promise<boolean> =>
  mayPreview(asset) &&
  asset.media !== undefined &&
  planPreview(asset.media) !== undefined &&
  (await isPlayed(use, asset))

/** By the same switches and grants as the source. */
const isPlayed = async (use: SourceUse, asset: Asset): Promise<boolean> => {
  if (!sourceFilm(asset, use.serviceBucket)) return false
  if (!(await use.sourceSwitch.isOn(asset.projectId))) return false
  return mayUse(use, asset.projectId, resultsFolder(asset, use.serviceBucket).bucket)
}

const HLS = 'application/vnd.apple.mpegurl'

interface IndexRequest {
  readonly format: 'HLS' | 'DASH'
  readonly request: PreviewRequest
}

const LATER: PreviewAnswer = { type: 'later' }

const indexPart = async (
  use: PreviewUse,
  unprobed: Asset,
  { format, request }: IndexRequest,
): Promise<PreviewAnswer | undefined> => {
  if (!isToBeTranscoded(unprobed)) return
  const asset = unprobed.media || request.isLook ? unprobed : await use.awaiting.probed(unprobed, request)
  if (asset?.ingest.state === 'failed') return
  if (!asset?.media) return LATER
  const plan = planPreview(asset.media)
  // What DASH has to protect media is not what HLS has.
  if (!plan || (format === 'DASH' && asset.encryption?.key !== undefined)) return
  const demand: Demand = { segment: 0, isNear: true }
  const preview = openPreview(asset) ?? (request.isLook ? undefined : await use.demands.demand(asset.id, demand))
  if (!preview) return request.isLook ? LATER : undefined
  const { run, key } = preview
  const headers = previewKinds(plan).map((kind) => objectOf(use, asset, previewInit(run, kind)))
  const found = await foundOrMade(use, asset, { objects: headers, demand: { ...demand, run }, request })
  if (found !== 'there') return found === 'later' ? LATER : undefined
  const codecs = await codecsIn(use, plan, headers)
  return format === 'DASH'
    ? { type: 'text', contentType: 'application/dash+xml', text: previewManifest({ run, plan, codecs }) }
    : { type: 'text', contentType: HLS, text: previewIndex({ run, plan, codecs }), ...leading(key) }
}

interface Wanted {
  readonly objects: readonly ObjectAddress[]
  readonly demand: Demand
  readonly request: PreviewRequest
}

const foundOrMade = async (
  use: PreviewUse,
  asset: Asset,
  { objects, demand, request: { isLook, signal } }: Wanted,
): Promise<Found> => {
  const infos = await Promise.all(objects.map((object) => use.store.head(object)))
  if (infos.every((one) => one !== undefined)) return 'there'
  if (isLook) return 'later'
  return use.awaiting.objects(objects, {
    signal,
    demand: async () => (await use.demands.demand(asset.id, demand)) !== undefined,
  })
}

/** Before it is in place nothing says so yet. */
const isToBeTranscoded = (asset: Asset): boolean => {
  const { videoType, transcodeSettings, ingest } = asset
  if (ingest.state !== 'creating') return isTranscoding(asset)
  return transcodeSettings !== undefined && untranscodable(videoType, transcodeSettings) === undefined
}

const leading = (key: Preview['key']) => (key === undefined ? {} : { leadsToKeys: true as const })

/** A kilobyte or two each. */
const MOST_INIT_BYTES = 64 << 10

const codecsIn = async (
  use: PreviewUse,
  plan: PreviewPlan,
  headers: readonly ObjectAddress[],
): Promise<PreviewCodecs> => {
  const codecs = await Promise.all(
    headers.map(async (object) => {
      const bytes = await readWhole(use.store, object, { mostBytes: MOST_INIT_BYTES })
      return parseTrackHeader(requireBox(bytes, ['moov'])).codec
    }),
  )
  return Object.fromEntries(previewKinds(plan).map((kind, n) => [kind, codecs[n]]))
}

interface TrackRequest {
  readonly file: Exclude<PreviewFile, { readonly type: 'index' }>
  readonly request: PreviewRequest
}

const trackPart = async (
  use: PreviewUse,
  asset: Asset,
  { file, request }: TrackRequest,
): Promise<PreviewAnswer | undefined> => {
  const { run, kind } = file
  const preview = previewOf(asset, { run, nowMs: use.now().getTime() })
  const plan = asset.media && planPreview(asset.media)
  if (!preview || !plan || !previewKinds(plan).includes(kind)) return
  if (file.type === 'playlist') {
    const keyUri =
      preview.key && keyUriOf(await use.keySettings.keySettings(asset.projectId), { assetId: asset.id, run })
    if (preview.key && keyUri === undefined) return
    const text = previewPlaylist(plan, { run, kind, ...(keyUri !== undefined && { keyUri }) })
    return text === undefined ? undefined : { type: 'text', contentType: HLS, text, ...leading(preview.key) }
  }
  const segment = file.type === 'segment' ? file.index : 0
  if (segment >= plan.segments) return
  const name = file.type === 'init' ? previewInit(run, kind) : previewSegment(run, kind, segment)
  const object = objectOf(use, asset, name)
  const isNear = await isNearMade(use, asset, { run, segment })
  const found = await foundOrMade(use, asset, { objects: [object], demand: { segment, isNear, run }, request })
  if (found === 'there') return { type: 'object', object, contentType: `${kind}/mp4` }
  return found === 'later' ? LATER : undefined
}

const NEAR_SEGMENTS = 4

const isNearMade = async (
  use: PreviewUse,
  asset: Asset,
  { run, segment }: { readonly run: string; readonly segment: number },
): Promise<boolean> => {
  if (segment < NEAR_SEGMENTS) return true
  const before = objectOf(use, asset, previewSegment(run, 'video', segment - NEAR_SEGMENTS))
  return (await use.store.head(before)) !== undefined
}

const objectOf = (use: PreviewUse, asset: Asset, name: string): ObjectAddress =>
  objectIn(resultsFolder(asset, use.serviceBucket), PLAY_FOLDER + name)
