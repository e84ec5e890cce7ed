import { expect, test } from 'vitest'
import type { Rendition } from '../../core/catalog/rendition.ts'
import type { AssetEvent } from '../../core/notifications/event.ts'
import type { AssetId } from '../../core/shared/ids.ts'
import { eventText } from './event-text.ts'

const SITE = 'https://play.example.net'
const assetId = 'a1b2c3d4e5f60718293a4b5c6d7e8f90' as AssetId
const BASE = `${SITE}/asset/${assetId}`
const told = (content: AssetEvent['content']): unknown =>
  JSON.parse(eventText(SITE, { id: 'e'.repeat(32), assetId, happenedAt: new Date(0), title: 'intro', content }))
const failed = { state: 'failed', reason: 'it broke' } as const

// As in contract/events.md.
test('a transcode lists its outputs, the index with zeros first', () => {
  const rendition: Rendition = {
    ...{ assetId, run: 'r', index: 0, format: 'HLS', quality: 'HD', videoCodec: 'h264', width: 1280, height: 720 },
    ...{ frameRate: 25, bitRateKbps: 962, durationMs: 60_400, sizeBytes: 7_340_032, frames: 1510, playlist: 'p.m3u8' },
  }
  const made = { encrypted: true, renditions: [rendition] }
  const outcome = { state: 'succeeded', made } as const
  expect(told({ kind: 'transcodeComplete', templateGroup: 'web_hls_720', outcome })).toEqual({
    event_type: 'transcodeComplete',
    transcode_info: {
      ...{ asset_id: assetId, status: 'SUCCEED', templateGroupName: 'web_hls_720', template_group_name: 'web_hls_720' },
      output: [
        {
          ...{ play_type: 'HLS', url: `${BASE}/play_video/index.m3u8`, encrypted: 1 },
          meta_data: {
            ...{
              play_type: 0,
              codec: 'H_264',
              duration: 0,
              videoSize: 0,
              width: 0,
              hight: 0,
              bitRate: 0,
              frameRate: 0,
            },
          },
        },
        {
          ...{ play_type: 'HLS', url: `${BASE}/play_video/p.m3u8`, encrypted: 1, quality: 'HD' },
          meta_data: {
            ...{ play_type: 0, codec: 'H_264', duration: 61, videoSize: 7_340_032, width: 1280, hight: 720 },
            ...{ bitRate: 962, frameRate: 25, quality: 'HD' },
          },
        },
      ],
    },
  })
})

test('snapshots are listed under the way in which they were asked for', () => {
  const snapshots = (type: 'interval' | 'points' | 'count') =>
    told({ kind: 'thumbnailComplete', outcome: { state: 'succeeded', made: { type, offsets: [0, 10] } } })
  const pictures = [0, 10].map((offset) => ({ offset, url: `${BASE}/snapshot/sample/${offset}.jpg` }))
  const state = { asset_id: assetId, status: 'SUCCEED' }
  const info = (lists: object) => ({ event_type: 'thumbnailComplete', thumbnail_info: { ...state, ...lists } })
  expect(snapshots('interval')).toEqual(info({ sample: pictures, dots: [] }))
  expect(snapshots('points')).toEqual(info({ sample: [], dots: pictures }))
  expect(snapshots('count')).toEqual(info({ sample: [], dots: [], quantity: pictures }))
})

test('a new asset has its file and what is known of it; an encrypted one offers no file', () => {
  const file = { videoType: 'MP3', sizeBytes: 960_000, path: 'f.mp3' }
  const meta = {
    play_type: 0,
    pack_type: 'MP3',
    codec: 'UNKNOWN',
    duration: 0,
    width: 0,
    hight: 0,
    video_size: 960_000,
  }
  expect(told({ kind: 'audioExtractComplete', outcome: { state: 'succeeded', made: file } })).toEqual({
    event_type: 'audioExtractComplete',
    audio_extract_info: {
      ...{ status: 'SUCCEED', title: 'intro', asset_id: assetId, url: `${BASE}/f.mp3` },
      meta_data: expect.objectContaining({ ...meta, bit_rate: 0, frame_rate: 0 }),
    },
  })
  const { path: _, ...hidden } = file
  expect(told({ kind: 'createComplete', outcome: { state: 'succeeded', made: hidden } })).toMatchObject({
    ...{ event_type: 'createComplete', create_info: { url: '', asset_id: assetId } },
  })
})

test('a cover says of which kind it is', () => {
  expect(told({ kind: 'coverComplete', outcome: { state: 'succeeded', made: null } })).toEqual({
    event_type: 'coverComplete',
    cover_info: { status: 'SUCCEED', title: 'intro', asset_id: assetId, cover_type: 'HEAD_FRAME_COVER' },
  })
})

test('a review tells what was found, as the vendor’s sample does', () => {
  const seen = (suggestion: 'pass' | 'review', offset: number, porn: readonly [string, number][]) => ({
    ...{ suggestion, offset, scores: { porn: porn.map(([label, confidence]) => ({ label, confidence })) } },
  })
  const made = {
    suggestion: 'review',
    text: { suggestion: 'review', words: { abuse: ['fuck', '傻逼'] } },
    cover: [{ ...seen('pass', 0, [['normal', 0.97]]), scores: { terrorism: [{ label: 'normal', confidence: 0.02 }] } }],
    video: [
      seen('review', 5, [
        ['sexy', 0.61],
        ['normal', 0.39],
        ['porn', 0.001],
      ]),
    ],
    unseen: [],
  } as const
  expect(told({ kind: 'reviewComplete', outcome: { state: 'succeeded', made } })).toEqual({
    event_type: 'reviewComplete',
    review_info: {
      ...{ asset_id: assetId, status: 'SUCCEED', suggestion: 'REVIEW' },
      text: { suggestion: 'REVIEW', abuse: ['fuck', '傻逼'] },
      cover: [
        {
          ...{ suggestion: 'PASS', offset: 0, url: `${BASE}/cover/Cover0.jpg`, politics: [], porn: [] },
          terrorism: [{ confidence: '0.0200', label: 'normal' }],
        },
      ],
      video: [
        {
          ...{ suggestion: 'REVIEW', offset: 5, url: `${BASE}/snapshot/sample0/5.jpg`, politics: [], terrorism: [] },
          porn: [
            { confidence: '0.6100', label: 'sexy' },
            { confidence: '0.3900', label: 'normal' },
          ],
        },
      ],
    },
  })
})

test('a failure has a code and the reason, and nothing that only a success has', () => {
  const state = { asset_id: assetId, status: 'FAILED', error_msg: 'it broke' }
  const cover = { title: 'intro', cover_type: 'HEAD_FRAME_COVER' }
  expect(told({ kind: 'createComplete', outcome: failed })).toEqual({
    ...{ event_type: 'createComplete', create_info: { ...state, error_code: 'VOD.10094' } },
  })
  expect(told({ kind: 'audioExtractComplete', outcome: failed })).toEqual({
    ...{ event_type: 'audioExtractComplete', audio_extract_info: { ...state, error_code: 'VOD.10092' } },
  })
  const group = { templateGroupName: 'g', template_group_name: 'g' }
  expect(told({ kind: 'transcodeComplete', templateGroup: 'g', outcome: failed })).toEqual({
    ...{ event_type: 'transcodeComplete', transcode_info: { ...state, ...group, error_code: 'VOD.10092' } },
  })
  expect(told({ kind: 'thumbnailComplete', outcome: failed })).toEqual({
    ...{ event_type: 'thumbnailComplete', thumbnail_info: { ...state, error_code: 'VOD.10104' } },
  })
  expect(told({ kind: 'reviewComplete', outcome: failed })).toEqual({
    ...{ event_type: 'reviewComplete', review_info: { ...state, error_code: 'VOD.10105' } },
  })
  expect(told({ kind: 'coverComplete', outcome: failed })).toEqual({
    ...{ event_type: 'coverComplete', cover_info: { ...state, ...cover, error_code: 'VOD.10013' } },
  })
})
