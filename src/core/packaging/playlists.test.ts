import { expect, test } from 'vitest'
import { masterPlaylist } from './master-playlist.ts'
import { mediaPlaylist } from './media-playlist.ts'

test('a media playlist names init and segments with exact durations', () => {
  const text = mediaPlaylist({
    independent: true,
    init: '720p/init.mp4',
    segments: [
      { uri: '720p/0.m4s', durationTicks: 60060 },
      { uri: '720p/1.m4s', durationTicks: 60060 },
      { uri: '720p/2.m4s', durationTicks: 1001 },
    ],
    timescale: 30000,
    targetSeconds: 2,
  })
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-TARGETDURATION:2
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="720p/init.mp4"
#EXTINF:2.002000,
720p/0.m4s
#EXTINF:2.002000,
720p/1.m4s
#EXTINF:0.033367,
720p/2.m4s
#EXT-X-ENDLIST
`)
})

test('durations that no decimal fraction holds still add up to the whole', () => {
  const segments = Array.from({ length: 10_000 }, (_, index) => ({ uri: `${index}`, durationTicks: 100_000 }))
  const text = mediaPlaylist({ independent: true, init: 'i', segments, timescale: 30_000, targetSeconds: 3 })
  const durations = [...text.matchAll(/#EXTINF:([\d.]+),/g)].map((match) => Number(match[1]))
  expect(durations).toHaveLength(10_000)
  expect(durations.reduce((sum, duration) => sum + duration, 0)).toBeCloseTo(100_000 / 3, 3)
})

test.each([
  [[5.4], 5, 5],
  [[5.5, 1], 5, 6],
  [[1.2], 5, 5],
  [[0.04], 0, 1],
])('segments of %j s on a grid of %d s have a target duration of %d', (durations, targetSeconds, target) => {
  const segments = durations.map((duration) => ({ uri: 'x', durationTicks: duration * 1000 }))
  expect(mediaPlaylist({ independent: true, init: 'i', segments, timescale: 1000, targetSeconds })).toContain(
    `\n#EXT-X-TARGETDURATION:${target}\n`,
  )
})

test('a master playlist lists rungs in the given order with a shared audio', () => {
  const text = masterPlaylist({
    independent: true,
    variants: [
      {
        uri: 'a/1080.m3u8',
        bandwidth: 3_200_000.2,
        averageBandwidth: 2_900_000,
        codecs: ['avc1.640028', 'mp4a.40.2'],
        sound: 'audio',
        width: 1920,
        height: 1080,
        frameRate: 30000 / 1001,
      },
      {
        uri: 'a/720.m3u8',
        bandwidth: 1_200_000,
        averageBandwidth: 1_000_000,
        codecs: ['avc1.64001f', 'mp4a.40.2'],
        sound: 'audio',
        width: 1280,
        height: 720,
        frameRate: 30000 / 1001,
      },
    ],
    sounds: [{ group: 'audio', uri: 'a/audio.m3u8', channels: 2 }],
  })
  expect(text).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="audio",NAME="audio",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="a/audio.m3u8"
#EXT-X-STREAM-INF:BANDWIDTH=3200001,AVERAGE-BANDWIDTH=2900000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=29.970,AUDIO="audio"
a/1080.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=1200000,AVERAGE-BANDWIDTH=1000000,CODECS="avc1.64001f,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970,AUDIO="audio"
a/720.m3u8
`)
})

test('audio alone is a variant without a picture', () => {
  const variant = {
    uri: 'audio.m3u8',
    bandwidth: 130_000,
    averageBandwidth: 128_000,
    codecs: ['mp4a.40.2'],
    width: 0,
    height: 0,
    frameRate: 0,
  }
  expect(masterPlaylist({ independent: true, variants: [variant] })).toBe(`#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=130000,AVERAGE-BANDWIDTH=128000,CODECS="mp4a.40.2"
audio.m3u8
`)
})

test('names are encoded, so that none becomes an absolute address or breaks a line', () => {
  const segments = [{ uri: 'http:x/a b&"#\n中.m4s', durationTicks: 1 }]
  const text = mediaPlaylist({ independent: true, init: 'i', segments, timescale: 1, targetSeconds: 1 })
  expect(text).toContain('\nhttp%3Ax/a%20b%26%22%23%0A%E4%B8%AD.m4s\n')
})

test.each(['/x', '//host/x', '../x', 'a/./x', '', 'a//x'])('%j is no path below the playlist', (uri) => {
  expect(() => mediaPlaylist({ independent: true, init: uri, segments: [], timescale: 1, targetSeconds: 1 })).toThrow(
    'below itself',
  )
})
