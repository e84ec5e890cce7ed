import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type DashTrack, dashManifest } from '../../src/core/packaging/dash-manifest.ts'
import type { ClipName } from './clips.ts'
import { hashFrames } from './ffmpeg.ts'
import { packaged, SEGMENT_SECONDS } from './packaged.ts'

/** The stream's files by name, as on a static host. */
const files = new Map<string, Uint8Array | string>()
const server = createServer((request, response) => {
  const found = files.get((request.url ?? '').slice(1))
  response.writeHead(found === undefined ? 404 : 200).end(found)
})
afterAll(() => new Promise((done) => server.close(done)))

const track = async (name: ClipName): Promise<DashTrack> => {
  const { init, segments } = await packaged(name)
  files.set(`${name}/init.mp4`, init.bytes)
  for (const { index, bytes } of segments) files.set(`${name}/${String(index).padStart(5, '0')}.m4s`, bytes)
  const { codec, timescale } = init
  return { folder: name, init: 'init.mp4', codec, bandwidth: 100_000, timescale, segments }
}

const RUNGS = [
  ['film', 320, 180],
  ['filmSmall', 160, 90],
] as const

beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const aspect = { across: 1, down: 1 }
  const video = await Promise.all(
    RUNGS.map(async ([name, width, height]) => ({ ...(await track(name)), width, height, aspect, frameRate: 24 })),
  )
  const audio = { ...(await track('filmSound')), channels: 2, sampleRate: 48_000 }
  files.set('index.mpd', dashManifest({ video: [video], audio: [[audio]], segmentSeconds: SEGMENT_SECONDS }))
})

const stream = (map: string) => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.')
  return hashFrames('decode', { args: ['-i', `http://127.0.0.1:${address.port}/index.mpd`, '-map', map] })
}

test.for<[string, ClipName]>([
  ['0:v:0', 'film'],
  ['0:v:1', 'filmSmall'],
])('a player that follows the manifest gets every frame of %s (%s) at its time', async ([map, name]) => {
  const expected = await hashFrames('decode', (await packaged(name)).source)
  const played = await stream(map)
  expect(played.map(({ hash }) => hash)).toEqual(expected.map(({ hash }) => hash))
  expect(played.map(({ seconds }) => seconds)).toEqual(expected.map(({ seconds }) => expect.closeTo(seconds, 3)))
})

/** FFmpeg opens each segment of DASH anew, and takes the priming that the edit list announces from each; players on MSE don't. */
test('the sound keeps its times, segment after segment', async () => {
  const { source, init, segments } = await packaged('filmSound')
  const starts = segments.slice(1).map(({ startTicks }) => startTicks / init.timescale)
  const all = await hashFrames('decode', source)
  const expected = all.filter(({ seconds }) => !starts.some((start) => Math.abs(start - seconds) < 0.001))
  expect(expected.length).toBe(all.length - starts.length)
  const played = await stream('0:a:0')
  expect(played.map(({ seconds }) => seconds)).toEqual(expected.map(({ seconds }) => expect.closeTo(seconds, 3)))
})
