import { expect, test } from 'vitest'
import type { AssetId, ProjectId } from '../shared/ids.ts'
import { adoptedRenditionsOf, madeRenditions, shownRenditions } from './adopted-file.ts'
import type { Asset } from './asset.ts'
import type { Rendition } from './rendition.ts'

const stream: Asset = {
  ...{ id: 'a'.repeat(32) as AssetId, projectId: 'b'.repeat(32) as ProjectId, title: 'A stream', tags: [] },
  ...{ createdAt: new Date(0), modifiedAt: new Date(0), videoType: 'HLS', videoName: 'film.m3u8' },
  source: { bucket: 'raw', key: 'in/film.m3u8', sizeBytes: 1, etag: 'e' },
  ...{ sourcePath: 'play_video/index.m3u8', ingest: { state: 'created' }, published: true, publishWhenReady: true },
  ...{ transcode: { state: 'succeeded' }, snapshots: { state: 'none' }, sourceRemoved: false, options: {} },
}
const rendition = (more: Partial<Rendition>): Rendition => ({
  ...{ assetId: stream.id, run: 'f'.repeat(32), index: 0, format: 'HLS', width: 1, height: 1, frameRate: 25 },
  ...{ bitRateKbps: 1, durationMs: 1, sizeBytes: 1, frames: 1, playlist: 'index.m3u8' },
  ...more,
})
// A folder that we wrote ourselves may be adopted, too: names tell nothing.
const adopted = rendition({ playlist: `${'e'.repeat(32)}_1_320X180_1_0.m3u8` })
const made = (format: Rendition['format']) => rendition({ format, soundTrack: 'none' })

test('an adopted stream is told from what was made of it by its record, not by its name', () => {
  const all = [adopted, made('HLS'), made('MP4')]
  expect(adoptedRenditionsOf(stream, all)).toEqual([adopted])
  expect(madeRenditions(stream, all)).toEqual([made('HLS'), made('MP4')])
  // Records of the first version do not say which sound plays.
  expect(madeRenditions({ ...stream, videoType: 'MP4' }, [adopted])).toEqual([adopted])
})

test('it is shown beside outputs of other formats, not beside HLS of ours, and never beside encryption', () => {
  const encrypted = { ...stream, encryption: { key: 'k' } }
  expect(shownRenditions(stream, [adopted])).toEqual([adopted])
  expect(shownRenditions(stream, [adopted, made('DASH')])).toEqual([adopted, made('DASH')])
  expect(shownRenditions(stream, [adopted, made('HLS')])).toEqual([made('HLS')])
  expect(shownRenditions(encrypted, [adopted])).toEqual([])
  expect(shownRenditions(encrypted, [adopted, made('MP4')])).toEqual([made('MP4')])
  expect(shownRenditions({ ...stream, encryption: { change: { key: 'k' } } }, [adopted])).toEqual([adopted])
})
