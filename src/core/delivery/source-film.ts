import { createHash } from 'node:crypto'
import type { Asset } from '../catalog/asset.ts'
import type { ContentKeys } from '../catalog/encryption.ts'
import { type KeySettingsStore, keyUriOf } from '../catalog/key-settings.ts'
import { sourceAddress } from '../catalog/object-keys.ts'
import { isPlaylistType } from '../catalog/video-type.ts'
import type { CutMovie } from '../packaging/cut-movie.ts'
import type { RangedBytes } from '../packaging/file-boxes.ts'
import { type SegmentCipher, segmentCipher } from '../packaging/segment-cipher.ts'
import { type BucketUse, mayUse } from '../shared/bucket-grants.ts'
import type { ObjectAddress } from '../shared/object-store.ts'
import type { SourceSwitch } from './source-switch.ts'

/** An object that is a film. */
export interface SourceFilm extends ObjectAddress {
  readonly sizeBytes: number
  /** No other version than this one; absent: it is our copy, which never changes. */
  readonly etag?: string
}

export interface OpenFilm extends Required<Pick<RangedBytes, 'read' | 'fill'>> {
  readonly movie: CutMovie
}

/** Opens films where they lie, and keeps what many viewers ask for. */
export interface Films {
  /** `undefined`: it is gone, or players would stumble over it, so that it has to be encoded. Throws when the store cannot say. */
  open(film: SourceFilm): Promise<OpenFilm | undefined>
}

/** As usual. Not what its template group says: that may change, and the bytes of a segment may not. */
export const SOURCE_SEGMENT_SECONDS = 5

export interface SourceUse extends BucketUse {
  readonly films: Films
  readonly sourceSwitch: Pick<SourceSwitch, 'isOn'>
  readonly keys: Pick<ContentKeys, 'open'>
  readonly keySettings: Pick<KeySettingsStore, 'keySettings'>
}

/** A film as viewers may have it. */
export interface SourceStream extends OpenFilm {
  /** Absent: it is clear. */
  readonly seal?: SourceSeal
}

export interface SourceSeal {
  /** Begins the names of its files, which change with the key. */
  readonly run: string
  readonly cipher: SegmentCipher
  readonly keyUri: string
}

/** The stream that an asset's source is, as far as viewers may have it and can play it. Of an encrypted asset nothing of it is clear. */
export const openSource = async (use: SourceUse, asset: Asset): Promise<SourceStream | undefined> => {
  const film = sourceFilm(asset, use.serviceBucket)
  if (!film || !(await use.sourceSwitch.isOn(asset.projectId))) return
  if (!(await mayUse(use, asset.projectId, film.bucket))) return
  const run = sourceRun(asset)
  const seal = run && (await sealOf(use, asset, run))
  if (run !== undefined && !seal) return
  const opened = await use.films.open(film)
  return opened && { ...opened, ...(seal && { seal }) }
}

const sealOf = async ({ keys, keySettings }: SourceUse, asset: Asset, run: string): Promise<SourceSeal | undefined> => {
  const keyUri = keyUriOf(await keySettings.keySettings(asset.projectId), { assetId: asset.id, run })
  const key = asset.encryption?.key
  return keyUri !== undefined && key !== undefined
    ? { run, keyUri, cipher: segmentCipher(keys.open(key, asset.id)) }
    : undefined
}

/** Under which players ask for the key of an encrypted source; another one for every key. Absent: it is clear. */
export const sourceRun = ({ encryption }: Pick<Asset, 'encryption'>): string | undefined =>
  encryption?.key === undefined
    ? undefined
    : createHash('sha256').update(`source ${encryption.key}`).digest('hex').slice(0, 32)

/** Holds the files of a track, below the play folder. */
export const sourceFolder = (kind: 'video' | 'audio', run: string | undefined): string =>
  `${run === undefined ? '' : `${run}_`}source_${kind}`

/**
 * What an asset's source is played from, from the moment on at which it may be shown: before our copy is there, the object itself in the version of the
 * call. `undefined`: nobody may have it, or it is no film in one file.
 */
export const sourceFilm = (asset: Asset, serviceBucket: string): SourceFilm | undefined => {
  const { source, output, ingest, transcodeSettings } = asset
  // While it is being switched on or off, some of what is served is clear and some is not.
  if (!isShown(asset) || asset.sourceRemoved || asset.encryption?.change) return
  if (isPlaylistType(asset.videoType) || transcodeSettings?.sourcePlayback === false) return
  const isCopy = output === undefined && ingest.state === 'created'
  const { bucket, key } = isCopy ? sourceAddress(asset, serviceBucket) : source
  return {
    ...{ bucket, key, sizeBytes: source.sizeBytes },
    ...(!isCopy && { etag: source.etag }),
  }
}

/** Also before it is copied, if it is to be published by itself. */
export const isShown = ({ published, publishWhenReady, ingest }: Asset): boolean =>
  ingest.state === 'created' ? published : ingest.state === 'creating' && publishWhenReady
