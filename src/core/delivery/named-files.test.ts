import { expect, test } from 'vitest'
import { addSubtitles } from '../packaging/add-subtitles.ts'
import { dashManifest } from '../packaging/dash-manifest.ts'
import { mediaPlaylist } from '../packaging/media-playlist.ts'
import { namedFiles } from './named-files.ts'

const AT = 'play_video/index.m3u8'
const nothing = { playlists: [], heads: [], segments: [] }

test('a playlist of segments names its init segment and segments, and no key', () => {
  const text = mediaPlaylist({
    ...{ init: 'r_1/init.mp4', timescale: 1, targetSeconds: 5, independent: true, keyUri: '../keys/r' },
    segments: ['r_1/00000.m4s', 'r_1/ä b.m4s'].map((uri) => ({ uri, durationTicks: 5 })),
  })
  expect(namedFiles(AT, text)).toEqual({
    ...{ playlists: [], heads: ['play_video/r_1/init.mp4'] },
    segments: ['play_video/r_1/00000.m4s', 'play_video/r_1/%C3%A4%20b.m4s'],
  })
})

test('a playlist of playlists names these, whatever they are called', () => {
  const text = [
    '#EXTM3U',
    '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="a",URI="r_audio.m3u8"',
    '#EXT-X-STREAM-INF:BANDWIDTH=1,AUDIO="a"',
    'low/index.php',
    '#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=1,URI="frames.m3u8"',
  ].join('\r\n')
  const playlists = ['r_audio.m3u8', 'frames.m3u8', 'low/index.php'].map((name) => `play_video/${name}`)
  expect(namedFiles(AT, text)).toEqual({ ...nothing, playlists })
})

test('nothing but what lies below the asset is named, and each file once', () => {
  const lines = [
    'https://elsewhere.example/1.ts',
    '//elsewhere.example/1.ts',
    '/asset/other/1.ts',
    'data:,1',
    '1.ts',
    '1.ts',
  ]
  const text = ['#EXTM3U', ...lines].join('\n')
  // A path from the root is one below this asset's: what it names is asked for there and nowhere else.
  expect(namedFiles(AT, text).segments).toEqual(['asset/other/1.ts', 'play_video/1.ts'])
  expect(namedFiles('1.m3u8', '#EXTM3U\n../../../2.ts').segments).toEqual(['2.ts'])
})

test('a manifest of ours names the beginnings of all tracks first', () => {
  const track = (folder: string, durations: readonly number[]) => ({
    ...{ folder, init: 'init.mp4', codec: 'c', bandwidth: 1, timescale: 1 },
    segments: durations.map((durationTicks, n) => ({ startTicks: n * 5, durationTicks })),
  })
  const video = { ...track('r_1', [5, 5, 3]), width: 2, height: 2, aspect: { across: 1, down: 1 }, frameRate: 25 }
  const audio = { ...track('r_audio', [5, 5, 2, 1]), channels: 2, sampleRate: 48_000 }
  const subtitle = { name: 'English', language: 'en', isDefault: true, file: 's.vtt', playlist: 's.m3u8', bandwidth: 1 }
  const text = addSubtitles(dashManifest({ video: [[video]], audio: [[audio]], segmentSeconds: 5 }), [subtitle])
  const { playlists, heads, segments } = namedFiles('play_video/index.mpd', text)
  const names = ['r_1/init.mp4', 'r_audio/init.mp4', 's.vtt'].map((name) => `play_video/${name}`)
  expect([playlists, heads]).toEqual([[], names])
  expect(segments.map((path) => path.slice('play_video/'.length))).toEqual([
    ...['r_1/00000.m4s', 'r_audio/00000.m4s', 'r_1/00001.m4s', 'r_audio/00001.m4s', 'r_1/00002.m4s'],
    ...['r_audio/00002.m4s', 'r_audio/00003.m4s'],
  ])
})

test('what is no playlist names what looks like files, and never fails', () => {
  expect(namedFiles(AT, '')).toEqual(nothing)
  expect(namedFiles('a.mpd', '<html>')).toEqual(nothing)
})
