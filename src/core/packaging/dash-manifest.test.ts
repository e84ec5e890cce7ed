import { expect, test } from 'vitest'
import { type DashVideo, dashManifest } from './dash-manifest.ts'

const segments = (durations: readonly number[]) => {
  let startTicks = 0
  return durations.map((durationTicks) => {
    const segment = { startTicks, durationTicks }
    startTicks += durationTicks
    return segment
  })
}

const video: DashVideo = {
  ...{ folder: 'run_1', init: 'init.mp4', codec: 'avc1.64001f', bandwidth: 1000.2, timescale: 90_000 },
  ...{ width: 854, height: 480, aspect: { across: 1280, down: 1281 }, frameRate: 24 },
  segments: segments([180_000, 180_000, 90_000]),
}
const audio = {
  ...{ folder: 'run_audio', init: 'init.mp4', codec: 'mp4a.40.2', bandwidth: 128_000, timescale: 48_000 },
  ...{ channels: 2, sampleRate: 48_000, segments: segments([96_256, 95_232, 48_512]) },
}

test('a manifest has one set of the pictures and one of the sound, with the exact times of every segment', () => {
  expect(
    dashManifest({ video: [[video]], audio: [[audio]], segmentSeconds: 2 }),
  ).toBe(`<?xml version="1.0" encoding="UTF-8"?>
<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" profiles="urn:mpeg:dash:profile:isoff-live:2011" type="static" mediaPresentationDuration="PT5.000000S" maxSegmentDuration="PT2.005334S" minBufferTime="PT2.005334S">
<Period id="0" start="PT0S" duration="PT5.000000S">
<AdaptationSet id="0" contentType="video" mimeType="video/mp4" segmentAlignment="true" startWithSAP="1">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<Representation id="run_1" codecs="avc1.64001f" bandwidth="1001" width="854" height="480" sar="1280:1281" frameRate="24">
<SegmentTemplate timescale="90000" startNumber="0" initialization="run_1/init.mp4" media="run_1/$Number%05d$.m4s">
<SegmentTimeline>
<S t="0" d="180000" r="1"/>
<S d="90000"/>
</SegmentTimeline>
</SegmentTemplate>
</Representation>
</AdaptationSet>
<AdaptationSet id="1" contentType="audio" mimeType="audio/mp4" segmentAlignment="true" startWithSAP="1">
<Role schemeIdUri="urn:mpeg:dash:role:2011" value="main"/>
<Representation id="run_audio" codecs="mp4a.40.2" bandwidth="128000" audioSamplingRate="48000">
<AudioChannelConfiguration schemeIdUri="urn:mpeg:dash:23003:3:audio_channel_configuration:2011" value="2"/>
<SegmentTemplate timescale="48000" startNumber="0" initialization="run_audio/init.mp4" media="run_audio/$Number%05d$.m4s">
<SegmentTimeline>
<S t="0" d="96256"/>
<S d="95232"/>
<S d="48512"/>
</SegmentTimeline>
</SegmentTemplate>
</Representation>
</AdaptationSet>
</Period>
</MPD>
`)
})

test('tracks that are cut differently, or sound differently, have sets of their own, which players may change between', () => {
  const slow = { ...video, folder: 'run_2', frameRate: 12 }
  const small = { ...audio, folder: 'run_audio2', bandwidth: 64_000 }
  const text = dashManifest({ video: [[video], [slow]], audio: [[audio, small]], segmentSeconds: 2 })
  const sets = text.split('<AdaptationSet ').slice(1)
  expect(sets.map((set) => /^id="(\d)"/.exec(set)?.[1])).toEqual(['0', '1', '2'])
  const switching = (others: string) =>
    `<SupplementalProperty schemeIdUri="urn:mpeg:dash:adaptation-set-switching:2016" value="${others}"/>`
  expect(sets.map((set) => [switching('1'), switching('0')].filter((line) => set.includes(line)).length)).toEqual([
    1, 1, 0,
  ])
  expect(sets[2]).toContain('<Representation id="run_audio" ')
  expect(sets[2]).toContain('<Representation id="run_audio2" ')
})

test('no segment of any track is longer than the manifest says', () => {
  const text = dashManifest({
    video: [[{ ...video, segments: segments([100_001, 1]), timescale: 30_000 }]],
    audio: [],
    segmentSeconds: 2,
  })
  const [, longest] = /maxSegmentDuration="PT([\d.]+)S"/.exec(text) ?? []
  expect(Number(longest)).toBeGreaterThanOrEqual(100_001 / 30_000)
  expect(Number(longest)).toBeCloseTo(100_001 / 30_000, 5)
})

test.each([
  [25, '25'],
  [30_000 / 1001, '30000/1001'],
  [29.97, '30000/1001'],
  [23.98, '24000/1001'],
  [60.5, '60500/1000'],
  [12.5, '12500/1000'],
  [0.0001, '1/1000'],
])('%d frames a second are %s', (frameRate, expected) => {
  const text = dashManifest({ video: [[{ ...video, frameRate }]], audio: [], segmentSeconds: 2 })
  expect(text).toContain(`frameRate="${expected}"`)
})

test('sound alone has no set of pictures', () => {
  const text = dashManifest({ video: [], audio: [[audio]], segmentSeconds: 2 })
  expect(text).not.toContain('contentType="video"')
  expect(text).toContain('mediaPresentationDuration="PT5.000000S"')
})

test('nothing in a name becomes markup', () => {
  const text = dashManifest({ video: [[{ ...video, folder: 'a"b<c&' }]], audio: [], segmentSeconds: 2 })
  expect(text).toContain('id="a&#34;b&#60;c&#38;"')
})
