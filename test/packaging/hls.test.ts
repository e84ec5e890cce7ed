import { createServer } from 'node:http'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkLadder } from '../../src/core/packaging/check-ladder.ts'
import { masterPlaylist } from '../../src/core/packaging/master-playlist.ts'
import { measureBandwidth } from '../../src/core/packaging/measure-bandwidth.ts'
import { mediaPlaylist } from '../../src/core/packaging/media-playlist.ts'
import type { ClipName } from './clips.ts'
import { hashFrames } from './ffmpeg.ts'
import { type Packaged, packaged, SEGMENT_SECONDS } from './packaged.ts'

/** The stream's files by name, as on a static host; over HTTP, because FFmpeg decodes no percent signs in file names. */
const files = new Map<string, Uint8Array | string>()
const server = createServer((request, response) => {
  const found = files.get(decodeURIComponent((request.url ?? '').slice(1)))
  response.writeHead(found === undefined ? 404 : 200).end(found)
})
afterAll(() => new Promise((done) => server.close(done)))

/** Spaces and signs in a name must survive the playlist's encoding. */
const fileName = (name: string, part: string) => `${name} + 100%-${part}`

const writeTrack = (name: string, { init, segments }: Packaged): void => {
  for (const [at, { bytes }] of [init, ...segments].entries()) {
    files.set(fileName(name, at === 0 ? 'init.mp4' : `${at}.m4s`), bytes)
  }
  const playlist = mediaPlaylist({
    independent: true,
    init: fileName(name, 'init.mp4'),
    segments: segments.map(({ durationTicks }, at) => ({ uri: fileName(name, `${at + 1}.m4s`), durationTicks })),
    timescale: init.timescale,
    targetSeconds: SEGMENT_SECONDS,
  })
  files.set(`${name}.m3u8`, playlist)
}

const measured = ({ init, segments }: Packaged) => ({
  timescale: init.timescale,
  segments: segments.map(({ durationTicks, bytes }) => ({ durationTicks, sizeBytes: bytes.length })),
})

/** Master playlist of these rungs and this audio; answers its address. */
const writeStream = async (rungs: readonly ClipName[], audioName: ClipName): Promise<string> => {
  const audio = await packaged(audioName)
  writeTrack(audioName, audio)
  const variants = await Promise.all(
    rungs.map(async (name) => {
      const video = await packaged(name)
      writeTrack(name, video)
      const { peak, average } = measureBandwidth([measured(video), measured(audio)], SEGMENT_SECONDS)
      const { codec, width, height } = video.init
      const codecs = [codec, audio.init.codec]
      const numbers = { bandwidth: peak, averageBandwidth: average, width, height, frameRate: 24 }
      return { uri: `${name}.m3u8`, ...numbers, codecs, sound: 'audio' }
    }),
  )
  files.set(
    `${rungs[0]}-master.m3u8`,
    masterPlaylist({
      independent: true,
      variants,
      sounds: [{ group: 'audio', uri: `${audioName}.m3u8`, channels: 2 }],
    }),
  )
  return `${rungs[0]}-master.m3u8`
}

const stream = (master: string, map: string) => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('The server does not listen.')
  return hashFrames('decode', { args: ['-i', `http://127.0.0.1:${address.port}/${master}`, '-map', map] })
}

let film: string
beforeAll(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  film = await writeStream(['film', 'filmSmall'], 'filmSound')
})

test.for<[string, ClipName]>([
  ['0:v:0', 'film'],
  ['0:v:1', 'filmSmall'],
  ['0:a:0', 'filmSound'],
])('a player that follows the master playlist gets every frame of %s (%s) at its time', async ([map, name]) => {
  const { source } = await packaged(name)
  const expected = await hashFrames('decode', source)
  const played = await stream(film, map)
  expect(played.map(({ hash }) => hash)).toEqual(expected.map(({ hash }) => hash))
  expect(played.map(({ seconds }) => seconds)).toEqual(expected.map(({ seconds }) => expect.closeTo(seconds, 3)))
})

test('picture and sound keep their distance when the picture starts late', async () => {
  const master = await writeStream(['lateVideo'], 'lateSound')
  // The first frame is held back to the beginning.
  const second = (frames: readonly { readonly seconds: number }[]) => frames[1]?.seconds ?? Number.NaN
  const sourceOf = async (name: ClipName) => second(await hashFrames('decode', (await packaged(name)).source))
  const distance = second(await stream(master, '0:v:0')) - second(await stream(master, '0:a:0'))
  expect(distance).toBeCloseTo((await sourceOf('lateVideo')) - (await sourceOf('lateSound')), 3)
  expect(distance).toBeGreaterThan(0.2)
})

test('rungs that were encoded alike are a sound ladder', async () => {
  const cut = async (name: ClipName) => {
    const { init, segments } = await packaged(name)
    return { name, timescale: init.timescale, segments }
  }
  const video = [await cut('film'), await cut('filmSmall')]
  expect(checkLadder(video)).toEqual([])
  expect(checkLadder([...video, await cut('ntsc')])).not.toEqual([])
})
