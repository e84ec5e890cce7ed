import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import type { AssetFact } from '../catalog/fact.ts'
import { COVER_PATH } from '../catalog/object-keys.ts'
import type { ReviewReport } from '../catalog/review.ts'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { noticesOf } from './notices-of.ts'

const asset: Asset = {
  ...{ id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId, title: 'film', tags: [] },
  ...{ createdAt: new Date(0), modifiedAt: new Date(0), videoType: 'MP4', videoName: 'film.mp4' },
  source: { bucket: 'studio', key: 'film.mp4', sizeBytes: 1, etag: 'e' },
  ...{ sourcePath: 'film.mp4', ingest: { state: 'created' }, published: false, publishWhenReady: false },
  ...{ transcode: { state: 'none' }, snapshots: { state: 'none' }, sourceRemoved: false, options: {} },
}
const NONE = { porn: 0, terrorism: 0, politics: 0 }
const failed = { state: 'failed', reason: 'it broke' } as const
const failure = failed.reason
const settings = { points: { type: 'interval', seconds: 5 }, coverPosition: 1, shape: 'source' } as const
const order = { task: 't', templateId: 'r', settings: { intervalSeconds: 5, thresholds: NONE, publishOnPass: false } }
const report: ReviewReport = {
  suggestion: 'pass',
  text: { suggestion: 'pass', words: {} },
  cover: [],
  video: [],
  unseen: [],
}
const failedSnapshots = { ...failed, task: 't', settings } as const
const picture = {
  ...{ stream: 0, codec: 'h264', width: 16, height: 9, codedWidth: 16, codedHeight: 9, pixelFormat: 'yuv420p' },
  ...{ anamorphic: false, rotation: 0, frameRate: 24, variableFrameRate: false, interlaced: false, hdr: false },
} as const
const stream: Asset = {
  ...{ ...asset, videoType: 'HLS' },
  media: { container: 'hls', durationMs: 1, bitRateKbps: 1, audioStreams: 0, video: picture },
}

test.each<[AssetFact, Partial<Asset>, readonly object[]]>([
  [{ type: 'probed' }, {}, [{ kind: 'createComplete' }]],
  [{ type: 'ingest_failed' }, { ingest: failed }, [{ kind: 'createComplete', failure }]],
  [{ type: 'transcoded', repeated: true }, {}, [{ kind: 'transcodeComplete' }]],
  [
    { type: 'transcode_failed', templateGroup: 'g' },
    { transcode: failed },
    [{ kind: 'transcodeComplete', failure, templateGroup: 'g' }],
  ],
  [{ type: 'encryption_changed' }, {}, [{ kind: 'transcodeComplete' }]],
  [{ type: 'encryption_failed' }, { encryption: { failure } }, [{ kind: 'transcodeComplete', failure }]],
  [{ type: 'snapshots_made' }, {}, [{ kind: 'thumbnailComplete' }]],
  [{ type: 'snapshots_failed' }, { snapshots: failedSnapshots }, [{ kind: 'thumbnailComplete', failure }]],
  [{ type: 'reviewed', report }, {}, [{ kind: 'reviewComplete', report }]],
  [{ type: 'review_failed' }, { review: { ...failed, order } }, [{ kind: 'reviewComplete', failure }]],
  [
    { type: 'work_cancelled', ended: ['review'] },
    { review: { ...failed, order } },
    [{ kind: 'reviewComplete', failure }],
  ],
  [{ type: 'cover_made' }, {}, [{ kind: 'coverComplete' }]],
  [{ type: 'cover_failed', reason: failure }, {}, [{ kind: 'coverComplete', failure }]],
  [{ type: 'extracted' }, {}, [{ kind: 'audioExtractComplete' }]],
  [
    { type: 'extraction_failed' },
    { ingest: failed, extraction: { from: asset.id, format: 'MP3' } },
    [{ kind: 'audioExtractComplete', failure }],
  ],
])('%j gives notice of how it ended', (fact, state, notices) => {
  expect(noticesOf({ ...asset, ...state }, fact)).toEqual(notices)
})

test.each<AssetFact['type']>([
  ...(['imported', 'transferred', 'transcode_ordered', 'transcode_cancelled', 'encryption_requested'] as const),
  ...(['snapshots_ordered', 'snapshots_removed', 'cover_chosen', 'outputs_removed', 'extraction_ordered'] as const),
  ...(['source_removed', 'review_ordered', 'review_judged', 'deleted'] as const),
])('%s ends nothing', (type) => {
  expect(noticesOf(asset, { type } as AssetFact)).toEqual([])
})

test('a file without a moving picture ends the snapshots that were wanted of it', () => {
  expect(noticesOf({ ...asset, snapshots: failedSnapshots }, { type: 'probed' })).toEqual([
    { kind: 'createComplete' },
    { kind: 'thumbnailComplete', failure },
  ])
})

test('a stream tells of its cover, too, unless snapshots follow', () => {
  const fact = { type: 'adopted' } as const
  const created = { kind: 'createComplete' }
  expect(noticesOf({ ...stream, cover: COVER_PATH }, fact)).toEqual([created, { kind: 'coverComplete' }])
  const reason = 'The first frame cannot be decoded'
  expect(noticesOf(stream, fact)).toEqual([created, { kind: 'coverComplete', failure: reason }])
  const following: Asset = { ...stream, snapshots: { state: 'running', task: 't', settings } }
  expect([noticesOf(following, fact), noticesOf(asset, fact)]).toEqual([[created], [created]])
})

test('a cancel tells of whatever it ended', () => {
  const cancelled: Asset = { ...asset, ingest: failed, transcode: failed, snapshots: failedSnapshots }
  const told = noticesOf(cancelled, { type: 'work_cancelled', ended: ['transcode', 'snapshots', 'encryption'] })
  expect(told.map(({ kind }) => kind)).toEqual(['transcodeComplete', 'thumbnailComplete', 'transcodeComplete'])
  const ingest = { type: 'work_cancelled', ended: ['ingest'] } as const
  expect(noticesOf(cancelled, ingest)).toEqual([{ kind: 'createComplete', failure }])
  const sound: Asset = { ...cancelled, extraction: { from: asset.id, format: 'MP3' } }
  expect(noticesOf(sound, ingest)).toEqual([{ kind: 'audioExtractComplete', failure }])
  expect(noticesOf(asset, { type: 'work_cancelled', ended: [] })).toEqual([])
})
