import { type AssetId, type NewId, parseAssetId } from '../shared/ids.ts'
import type { Asset, AudioFormat } from './asset.ts'
import { isEncrypted } from './encryption.ts'
import { objectIn, resultsFolder, sourceFileName } from './object-keys.ts'
import { isAudioType } from './video-type.ts'

/** An audio asset that is to be made of the sound of a video asset. */
export interface AudioPlan {
  /** Known before it is there, so that it is made once. */
  readonly id: AssetId
  readonly format: AudioFormat
  /** Of its file. */
  readonly bucket: string
  readonly path: string
}

export const planAudio = (
  format: AudioFormat,
  { newId, serviceBucket }: { readonly newId: NewId; readonly serviceBucket: string },
): AudioPlan => {
  const id = parseAssetId(newId())
  if (!id) throw new Error('newId must give 32 hex digits')
  return { id, format, bucket: serviceBucket, path: sourceFileName(newId(), '', format) }
}

/** The planned asset as it begins; its file follows. */
export const plannedAudio = (video: Asset, { id, format, bucket, path }: AudioPlan, createdAt: Date): Asset => {
  const { projectId, title, categoryId } = video
  const videoName = `${video.videoName.replace(/(?<=.)\.[^.]{1,8}$/s, '')}.${format.toLowerCase()}`
  return {
    ...{ id, projectId, createdAt, modifiedAt: createdAt, title, tags: [], videoType: format, videoName },
    // Made clear by the owner's own call, like the source's `sign_url`.
    description: `Sound of the asset ${video.id}${isEncrypted(video) ? ', which is encrypted; this file is not' : ''}`,
    ...(categoryId !== undefined && { categoryId }),
    // It is its own source: the size is known when it is made.
    source: { ...objectIn(resultsFolder({ projectId, id }, bucket), path), sizeBytes: 0, etag: '' },
    sourcePath: path,
    ...{ ingest: { state: 'creating' }, published: false, publishWhenReady: false },
    ...{ transcode: { state: 'waiting' }, extraction: { from: video.id, format } },
    snapshots: { state: 'none' },
    ...{ sourceRemoved: false, options: {} },
  }
}

/** Why no sound can be taken out of it, in people's words; to be asked when it has been looked at. */
export const soundDefect = ({ media, videoType }: Pick<Asset, 'media' | 'videoType'>): string | undefined => {
  if (isAudioType(videoType) || !media?.video) return 'The asset is no video'
  return media.audio ? undefined : 'The video has no sound'
}
