import type { Asset } from '../catalog/asset.ts'
import type { Rendition } from '../catalog/rendition.ts'
import type { TranscodeSettings } from '../catalog/transcode-settings.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'

export const RUN = 'f'.repeat(32)
export const PARAMETERS = 'e'.repeat(32)
const id = 'a'.repeat(32) as AssetId

const transcodeSettings: TranscodeSettings = {
  outputs: [{ format: 'HLS' }, { format: 'HLS' }],
  ...{ segmentSeconds: 5, videoCodec: 'h264', audioCodec: 'aac' },
}

export const asset: Asset = {
  ...{ id, projectId: 'b'.repeat(32) as ProjectId, createdAt: new Date(0), modifiedAt: new Date(0), title: 'film' },
  ...{ tags: [], videoType: 'MP4', videoName: 'film.mp4', sourcePath: 'film.mp4', ingest: { state: 'created' } },
  source: { bucket: 'studio', key: 'film.mp4', sizeBytes: 1, etag: 'e' },
  ...{
    published: true,
    publishWhenReady: false,
    transcodeSettings,
    transcode: { state: 'succeeded' },
  },
  ...{ snapshots: { state: 'none' }, sourceRemoved: false, options: {}, cover: 'cover/Cover0.jpg', index: RUN },
  media: { container: 'mov', durationMs: 23_000, bitRateKbps: 1, audioStreams: 1 },
}
export const rendition: Rendition = {
  ...{ assetId: id, run: RUN, index: 0, format: 'HLS', width: 1, height: 1, frameRate: 25, bitRateKbps: 1, frames: 1 },
  ...{ durationMs: 23_000, sizeBytes: 1, playlist: `${PARAMETERS}_1_1X1_600_0.m3u8` },
}
