import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AssetId } from '../../src/core/shared/ids.ts'
import { inBrowser, openBrowser, withoutBrowser } from '../support/browser.ts'
import { someOf } from '../support/cases.ts'
import { type InitFacts, readInit, readSegment, type SegmentFacts } from '../support/dash-segments.ts'
import { type Installation, startInstallation } from '../support/installation.ts'
import { clip } from '../support/media.ts'
import { elements, readXml, type XmlElement } from '../support/read-xml.ts'
import { srt, subtitledClip } from '../support/subtitles.ts'
import { PATIENT } from '../support/until.ts'

// What the manifest says against what the segments are. The rules are those of ISO/IEC 23009-1 for its live profile, as DASH-IF's
// conformance software checks them.
const SEGMENT_SECONDS = 2
const audio = { sample_rate: 1, channels: 2, bitrate: 64 }
// Neither has quite the shape of the other.
const video = { quality: 'SD', width: 854, height: 480, bitrate: 400 }
const small = { quality: 'FLUENT', width: 480, height: 270, bitrate: 200 }

interface Track {
  readonly attributes: Readonly<Record<string, string>>
  readonly init: InitFacts
  readonly said: readonly { readonly t: number; readonly d: number }[]
  readonly segments: readonly SegmentFacts[]
  readonly files: readonly string[]
}

let installation: Installation
let browser: Browser
beforeAll(async () => {
  if (withoutBrowser) return
  installation = await startInstallation()
  browser = await openBrowser()
  const args = [
    '-vf',
    'scale=854:480,fps=30000/1001',
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-c:a',
    'aac',
    '-ac',
    '2',
  ]
  await installation.put('film.mp4', { file: await clip({ seconds: 5, args }) })
  const texts = ['eng', 'ger'].map((language) => ({
    ...({ text: srt(language, 3), extension: 'srt', codec: 'mov_text', language } as const),
  }))
  await installation.put('texts.mp4', { file: await subtitledClip(texts, { seconds: 5, extension: 'mp4', args }) })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await installation?.[Symbol.asyncDispose]()
})

const made = async (
  name: string,
  outputs: readonly object[],
  { source = 'film.mp4', ...common }: Made,
): Promise<AssetId> => {
  const body = {
    ...{ name, type: 'custom_template_group', quality_info_list: outputs },
    common: { pvc: '0', hls_interval: SEGMENT_SECONDS, ...common },
  }
  expect((await installation.tenant.call('POST', '/asset/template_group/transcodings', { body })).status).toBe(200)
  const id = await installation.import(source, { templateGroup: name })
  expect((await installation.settled(id)).transcode_status).toBe('TRANSCODE_SUCCEED')
  return id
}

interface Made {
  readonly source?: string
  readonly audio_codec?: string
}

const fetched = async (url: string): Promise<Uint8Array> => {
  const answer = await fetch(url)
  expect([url, answer.status]).toEqual([url, 200])
  return new Uint8Array(await answer.arrayBuffer())
}

/** Everything that a representation names. */
const readTrack = async (manifest: string, representation: XmlElement): Promise<Track> => {
  const [template] = elements(representation, 'SegmentTemplate')
  const { initialization = '', media = '', startNumber, timescale } = template?.attributes ?? {}
  const said: { t: number; d: number }[] = []
  for (const { attributes } of elements(representation, 'S')) {
    const { t, d, r = '0' } = attributes
    for (let n = 0; n <= Number(r); n += 1) {
      const last = said.at(-1)
      said.push({ t: n === 0 && t !== undefined ? Number(t) : (last?.t ?? 0) + (last?.d ?? 0), d: Number(d) })
    }
  }
  const nameOf = (n: number) => media.replace('$Number%05d$', String(n + Number(startNumber)).padStart(5, '0'))
  const init = readInit(await fetched(new URL(initialization, manifest).href))
  expect(Number(timescale)).toBe(init.timescale)
  const files = said.map((_, n) => nameOf(n))
  const segments = await Promise.all(
    files.map(async (file) => readSegment(await fetched(new URL(file, manifest).href), init)),
  )
  expect((await fetch(new URL(nameOf(said.length), manifest))).status, 'no segment is left out').toBe(404)
  return { attributes: representation.attributes, init, said, segments, files: [initialization, ...files] }
}

/** Of a time like `PT2.005334S`. */
const seconds = (text = ''): number => Number(/^PT(\d+\.\d+)S$/.exec(text)?.[1])

const expectSegmentsAsSaid = ({ attributes, init, said, segments }: Track) => {
  expect(attributes['codecs']).toBe(init.codec)
  const times = segments.map(({ samples }) => {
    // What is before 0 is priming, and not presented.
    const t = Math.max(0, Math.min(...samples.map(({ startTicks }) => startTicks)))
    return { t, d: Math.max(...samples.map(({ endTicks }) => endTicks)) - t }
  })
  expect(times).toEqual(said)
  expect(said[0]?.t).toBe(0)
  for (const { boxes, samples } of segments) {
    expect(boxes).toEqual(['styp', 'moof', 'mdat'])
    // startWithSAP="1": the first sample is a point of entry, and shown first.
    expect(samples[0]?.isSync).toBe(true)
    expect(samples[0]?.startTicks).toBe(Math.min(...samples.map(({ startTicks }) => startTicks)))
  }
}

/** Whoever waits for `minBufferTime` at that bandwidth, from whichever segment on, never waits again. */
const expectHonestBandwidth = ({ attributes, init, segments }: Track, minBufferSeconds: number) => {
  for (const first of segments.keys()) {
    const begin = segments[first]?.samples[0]?.decodeTicks ?? 0
    let bits = 0
    for (const { samples, sizeBytes } of segments.slice(first)) {
      bits += (sizeBytes - samples.reduce((sum, sample) => sum + sample.sizeBytes, 0)) * 8
      for (const sample of samples) {
        bits += sample.sizeBytes * 8
        const elapsed = (sample.decodeTicks - begin) / init.timescale
        expect(bits).toBeLessThanOrEqual(Number(attributes['bandwidth']) * (minBufferSeconds + elapsed))
      }
    }
  }
}

const expectPicture = ({ attributes, init, segments }: Track) => {
  const { width, height, sar, frameRate = '' } = attributes
  expect([width, height, sar]).toEqual([String(init.width), String(init.height), init.sar])
  const [frames, per = 1] = frameRate.split('/').map(Number)
  const ticks = segments.flatMap(({ samples }) => samples.map(({ startTicks, endTicks }) => endTicks - startTicks))
  // Ticks are whole.
  const expected = (init.timescale * per) / (frames ?? 0)
  for (const duration of ticks) expect(Math.abs(duration - expected)).toBeLessThanOrEqual(1)
}

const expectSound = ({ attributes, init }: Track, representation: XmlElement) => {
  expect(Number(attributes['audioSamplingRate'])).toBe(init.sampleRate)
  const [channels] = elements(representation, 'AudioChannelConfiguration')
  expect(Number(channels?.attributes['value'])).toBe(init.channels)
}

/** Sets of texts follow all others; each is one file from beginning to end, without segments. */
const expectTexts = async (texts: readonly XmlElement[], url: string, lengthSeconds: number) => {
  const files: string[] = []
  for (const { attributes, children } of texts) {
    expect(attributes).toMatchObject({ mimeType: 'text/vtt', lang: expect.stringMatching(/^(en|de)$/) })
    // The order that the schema has.
    expect(children.map(({ name }) => name)).toEqual(['Label', 'Role', 'Representation'])
    expect(children[0]?.text).toBe(attributes['lang'] === 'en' ? 'English' : 'Deutsch')
    const [representation] = children.filter(({ name }) => name === 'Representation')
    const [base, ...others] = representation?.children ?? []
    expect([base?.name, others]).toEqual(['BaseURL', []])
    const file = base?.text ?? ''
    const bytes = await fetched(new URL(file, url).href)
    expect(Buffer.from(bytes).toString()).toMatch(/^WEBVTT\n/)
    const bits = Number(representation?.attributes['bandwidth']) * lengthSeconds
    expect(bits).toBeGreaterThanOrEqual(bytes.length * 8)
    expect(bits).toBeLessThan(bytes.length * 8 + lengthSeconds + 1)
    files.push(file)
  }
  return files
}

const expectUnique = (ids: readonly (string | undefined)[]) => expect(new Set(ids).size).toBe(ids.length)

/** Answers the files that the manifest names. */
const expectOrder = async (url: string): Promise<readonly string[]> => {
  const root = await readXml(browser, Buffer.from(await fetched(url)).toString())
  const { type, profiles, mediaPresentationDuration, maxSegmentDuration, minBufferTime } = root.attributes
  expect([root.name, type, profiles]).toEqual(['MPD', 'static', 'urn:mpeg:dash:profile:isoff-live:2011'])
  const [period, ...more] = elements(root, 'Period')
  expect([period?.attributes['start'], period?.attributes['duration'], more]).toEqual([
    ...['PT0S', mediaPresentationDuration, []],
  ])
  const sets = elements(root, 'AdaptationSet')
  const representations = sets.flatMap((set) => elements(set, 'Representation').map((one) => ({ set, one })))
  for (const elementsOf of [sets, representations.map(({ one }) => one)]) {
    expectUnique(elementsOf.map(({ attributes }) => attributes['id']))
  }
  const tracks: Track[] = []
  const isText = ({ attributes }: XmlElement) => attributes['contentType'] === 'text'
  const texts = sets.filter(isText)
  expect(sets.slice(sets.length - texts.length)).toEqual(texts)
  for (const { set, one } of representations) {
    if (isText(set)) continue
    expect(set.attributes).toMatchObject({ segmentAlignment: 'true', startWithSAP: '1' })
    expectUnique([...Object.keys(set.attributes), ...Object.keys(one.attributes)].filter((name) => name !== 'id'))
    const track = await readTrack(url, one)
    expectSegmentsAsSaid(track)
    expectHonestBandwidth(track, seconds(minBufferTime))
    if (set.attributes['contentType'] === 'video') expectPicture(track)
    else expectSound(track, one)
    tracks.push(track)
  }
  for (const set of sets.filter((one) => !isText(one))) {
    const ids = new Set(elements(set, 'Representation').map(({ attributes }) => attributes['id']))
    const grids = tracks
      .filter(({ attributes }) => ids.has(attributes['id']))
      .map(({ init, said }) => [init.timescale, said])
    for (const grid of grids) expect(grid, 'segmentAlignment').toEqual(grids[0])
  }
  const ends = tracks.map(({ init, said }) => said.reduce((sum, { d }) => sum + d, 0) / init.timescale)
  const longest = Math.max(...tracks.flatMap(({ init, said }) => said.map(({ d }) => d / init.timescale)))
  expect(seconds(mediaPresentationDuration)).toBeCloseTo(Math.max(...ends), 5)
  expect(seconds(maxSegmentDuration)).toBeGreaterThanOrEqual(longest)
  expect(seconds(maxSegmentDuration)).toBeCloseTo(longest, 5)
  const named = await expectTexts(texts, url, seconds(mediaPresentationDuration))
  return [...tracks.flatMap(({ files }) => files), ...named]
}

describe.skipIf(withoutBrowser)(inBrowser('DASH manifests'), () => {
  const MANIFESTS = [
    ['pictures and sound', [video, small].map((rung) => ({ format: 'DASH', video: rung, audio })), {}],
    ['pictures and texts', [{ format: 'DASH', video: small, audio }], { source: 'texts.mp4' }],
    ['pictures with MP3', [{ format: 'DASH', video: small, audio }], { audio_codec: 'MP3' }],
    ['sound alone', [{ format: 'DASH', audio }], {}],
  ] as const
  test.each(someOf(MANIFESTS, 2))(
    'of %s say what the segments are, and name all of them',
    PATIENT,
    async (name, outputs, common) => {
      const id = await made(name.replaceAll(' ', '_'), outputs, common)
      const urls = (await installation.streams(id)).map(({ url }) => url)
      expect(urls).toHaveLength(1 + outputs.length)
      const named = new Set<string>()
      for (const url of urls) for (const file of await expectOrder(url)) named.add(`play_video/${file}`)
      const stored = (await installation.objects(id)).filter(
        (path) => /\.(mp4|m4s|vtt)$/.test(path) && path.startsWith('play_video/'),
      )
      expect(new Set(stored)).toEqual(named)
      expect(stored.filter((path) => path.endsWith('.vtt'))).toHaveLength(name.endsWith('texts') ? 2 : 0)
    },
  )
})
