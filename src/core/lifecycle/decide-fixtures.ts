import type { Asset } from '../catalog/asset.ts'
import type { SourceMedia } from '../catalog/media.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { SYSTEM_SETTINGS } from '../templates/system-groups.ts'

// For tests of `decide`: a film that lies in place.
export const video: SourceMedia = {
  container: 'mov',
  durationMs: 1000,
  bitRateKbps: 1,
  audioStreams: 0,
  video: {
    stream: 0,
    codec: 'h264',
    width: 1920,
    height: 1080,
    codedWidth: 1920,
    codedHeight: 1080,
    anamorphic: false,
    rotation: 0,
    frameRate: 24,
    variableFrameRate: false,
    interlaced: false,
    hdr: false,
    pixelFormat: 'yuv420p',
  },
}

export const asset: Asset = {
  id: 'a'.repeat(32) as AssetId,
  projectId: 'b'.repeat(32) as ProjectId,
  createdAt: new Date(0),
  modifiedAt: new Date(0),
  title: 'film',
  tags: [],
  videoType: 'MP4',
  videoName: 'film.mp4',
  source: { bucket: 'studio', key: 'film.mp4', sizeBytes: 1, etag: 'e' },
  sourcePath: 'film.mp4',
  ingest: { state: 'created' },
  published: false,
  publishWhenReady: false,
  transcodeSettings: SYSTEM_SETTINGS,
  transcode: { state: 'none' },
  snapshots: { state: 'none' },
  media: video,
  sourceRemoved: false,
  options: {},
}
