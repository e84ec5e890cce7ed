import { expect, test } from 'vitest'
import type { AssetId } from '../shared/ids.ts'
import type { Rendition } from './rendition.ts'
import { isInIndex, isStreamObject, retire, servedObject } from './stream-files.ts'

const [RUN, BEFORE, PARAMETERS, INDEX] = ['c', 'd', 'e', 'f'].map((digit) => digit.repeat(32))

const rendition = (n: number): Rendition => ({
  ...{
    assetId: 'a'.repeat(32) as AssetId,
    run: RUN ?? '',
    index: n - 1,
    format: 'HLS',
    width: 2,
    height: 2,
    frameRate: 1,
    frames: 1,
  },
  ...{ playlist: `${PARAMETERS}_${n}_2X2_100_0.m3u8`, bitRateKbps: 1, durationMs: 1, sizeBytes: 1 },
})
const renditions = [rendition(1), rendition(3)]
const streams = { index: INDEX ?? '' }

test('playlists are known by their parameters and stored under their run', () => {
  const names = [`${PARAMETERS}_1_2X2_100_0.m3u8`, `${PARAMETERS}_audio.m3u8`, 'index.m3u8', `${RUN}_3/00012.m4s`]
  expect(names.map((name) => servedObject(streams, renditions, name))).toEqual([
    ...[`${RUN}_1_2X2_100_0.m3u8`, `${RUN}_audio.m3u8`, `${INDEX}_index.m3u8`, `${RUN}_3/00012.m4s`],
  ])
})

test('a deleted output is not served, neither its playlist nor its segments', () => {
  const names = [`${PARAMETERS}_2_2X2_100_0.m3u8`, `${RUN}_2/00012.m4s`, `${RUN}_2/init.mp4`]
  expect(names.map((name) => servedObject(streams, renditions, name))).toEqual([undefined, undefined, undefined])
})

test('an index shows the outputs that are left: playlists of HLS, tracks of DASH with the sound that pictures share', () => {
  const [picture, sound] = [
    { ...rendition(1), format: 'DASH', videoCodec: 'h264', audioCodec: 'aac', playlist: `${PARAMETERS}_1_2X2.mpd` },
    { ...rendition(2), format: 'DASH', audioCodec: 'aac', playlist: `${PARAMETERS}_audio_64.mpd` },
  ] as const satisfies Rendition[]
  const names = [`${PARAMETERS}_1_2X2_100_0.m3u8`, `${RUN}_1`, `${RUN}_3`, `${RUN}_audio`, `${RUN}_audio2`]
  const shown = (...left: readonly Rendition[]) => names.filter((name) => isInIndex(left, name))
  expect(shown(...renditions)).toEqual([names[0]])
  expect(shown(picture)).toEqual([`${RUN}_1`, `${RUN}_audio`, `${RUN}_audio2`])
  expect(shown(sound)).toEqual([`${RUN}_audio`])
  const { audioCodec: _, ...silent } = picture
  expect(shown(silent, { ...sound, format: 'MP3' })).toEqual([`${RUN}_1`])
})

test('a sound is served and kept with the outputs that play it, and with no others', () => {
  const [first, second] = [
    { ...rendition(1), audioCodec: 'aac', soundTrack: 'audio' },
    { ...rendition(2), audioCodec: 'aac', soundTrack: 'audio2' },
  ] as const satisfies Rendition[]
  const dash = { ...first, format: 'DASH', videoCodec: 'h264', playlist: `${PARAMETERS}_1_2X2.mpd` } as const
  const segments = [`${RUN}_audio/00000.m4s`, `${RUN}_audio2/00000.m4s`]
  const playlists = ['audio', 'audio2'].map((sound) => [`${PARAMETERS}_${sound}.m3u8`, `${RUN}_${sound}.m3u8`] as const)
  const heard = (...left: readonly Rendition[]) => ({
    segments: segments.map((file) => servedObject(streams, left, file) === file),
    kept: segments.map((file) => isStreamObject(streams, { renditions: left, nowMs: 0 }, file)),
    playlists: playlists.map(([known, stored]) => servedObject(streams, left, known) === stored),
    keptLists: playlists.map(([, stored]) => isStreamObject(streams, { renditions: left, nowMs: 0 }, stored)),
    inDash: ['audio', 'audio2'].map((sound) => isInIndex(left, `${RUN}_${sound}`)),
  })
  const all = { segments: [true, true], kept: [true, true], playlists: [true, true], keptLists: [true, true] }
  expect(heard(first, second, dash)).toEqual({ ...all, inDash: [true, false] })
  // As after a change of encryption: HLS is named after another run.
  expect(heard({ ...second, run: BEFORE ?? '' }, dash)).toEqual({
    ...{ segments: [true, false], kept: [true, false], playlists: [false, false], keptLists: [false, false] },
    inDash: [true, false],
  })
  const { soundTrack: _, ...unsaid } = first
  expect(heard(unsaid)).toEqual({ ...all, inDash: [false, false] })
  const none = { segments: [false, false], kept: [false, false], playlists: [false, false], keptLists: [false, false] }
  expect(heard({ ...rendition(1), soundTrack: 'none' })).toEqual({ ...none, inDash: [false, false] })
})

test('of a replaced transcode the segments are served while they are kept, and no playlists', () => {
  const names = [`${BEFORE}_1/00000.m4s`, `${BEFORE}_audio/init.mp4`, `${BEFORE}_1_2X2_100_0.m3u8`]
  const retired = [{ run: BEFORE ?? '', untilMs: 1 }]
  expect(names.map((name) => servedObject({ ...streams, retired }, renditions, name))).toEqual([
    ...[names[0], names[1], undefined],
  ])
  expect(names.map((name) => servedObject(streams, renditions, name))).toEqual([undefined, undefined, undefined])
})

test('streams of the first version have playlists that are named after the run, and one index', () => {
  const first = [{ ...rendition(1), playlist: `${RUN}_1_2X2_100_0.m3u8` }]
  expect(servedObject({}, first, `${RUN}_1_2X2_100_0.m3u8`)).toBe(`${RUN}_1_2X2_100_0.m3u8`)
  expect(servedObject({}, first, 'index.m3u8')).toBe('index.m3u8')
  expect(servedObject({}, [], 'index.m3u8')).toBeUndefined()
})

test('a replaced run is kept as long as the film and some pauses last, earlier ones until their time is over, and few of all', () => {
  const media = { container: 'mov', durationMs: 10_000, bitRateKbps: 1, audioStreams: 0 }
  const [over, early] = [
    { run: 'over', untilMs: 999 },
    { run: 'early', untilMs: 5_000 },
  ]
  const kept = retire({ media, retired: [over, early] }, renditions, { nowMs: 1_000, key: undefined })
  expect(kept).toEqual([early, { run: RUN, untilMs: 1_000 + 20 * 60_000 + 10_000 }])
  expect(
    retire({ retired: ['1', '2', '3', '4', '5', '6'].map((run) => ({ run, untilMs: 9 })) }, renditions, {
      nowMs: 1,
      key: undefined,
    }),
  ).toHaveLength(6)
})

test('a clear run is not kept beside an encrypted one, and an encrypted one is kept with its key', () => {
  const clear = [{ run: 'clear', untilMs: 9 }]
  expect(retire({ retired: clear }, renditions, { nowMs: 1, key: 'k' })).toEqual([])
  const kept = retire({ retired: clear, encryption: { key: 'old' } }, renditions, { nowMs: 1, key: 'new' })
  expect(kept).toEqual([{ run: RUN, key: 'old', untilMs: expect.any(Number) }])
})

test('a preview gives way to what is made, and is kept for its players, who may still want more of it', () => {
  const preview = { run: 'a' }
  const [kept] = retire({ preview }, [], { nowMs: 1_000, key: undefined })
  expect(kept).toEqual({ run: 'a', preview: true, untilMs: 1_000 + 20 * 60_000 })
  // Clear pictures of what is encrypted.
  expect(retire({ preview }, [], { nowMs: 1_000, key: 'k' })).toEqual([])
  expect(retire({ preview: { run: 'a', key: 'k' } }, [], { nowMs: 1_000, key: 'k' })).toHaveLength(1)
})
