import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ADTS_HEADER_BYTES, adtsFormat, adtsHeader } from '../../src/core/packaging/adts.ts'
import { boundaries } from '../../src/core/packaging/check-track.ts'
import { mp3InfoFrame } from '../../src/core/packaging/mp3-info-frame.ts'
import { type CutMedia, progressiveMp4 } from '../../src/core/packaging/progressive-mp4.ts'
import { createSampleTable } from '../../src/core/packaging/sample-table.ts'
import type { ClipName } from './clips.ts'
import { ffmpeg, hashFrames } from './ffmpeg.ts'
import { type Packaged, packaged } from './packaged.ts'

const cutMedia = ({ init, segments }: Packaged): CutMedia => {
  const table = createSampleTable()
  for (const { run } of segments) table.add(run)
  const endSeconds = boundaries({ name: 'a track', timescale: init.timescale, segments }).at(-1) ?? 0
  return { init: init.bytes, table, endSeconds }
}

/** As `write-files` does it from the store: the samples of a segment are its last bytes. */
const mp4Of = async (...names: readonly ClipName[]): Promise<Buffer> => {
  const tracks = await Promise.all(names.map(packaged))
  const media = tracks.map(cutMedia)
  const { head, order, sizeBytes } = progressiveMp4(media)
  const payloads = order.map(({ track, segment }) => {
    const bytes = media[track]?.table.segments[segment]?.bytes ?? 0
    return tracks[track]?.segments[segment]?.bytes.subarray(-bytes) ?? new Uint8Array()
  })
  const whole = Buffer.concat([...head, ...payloads])
  expect(whole.length).toBe(sizeBytes)
  return whole
}

test.for<ClipName>(['film', 'filmSound', 'ntsc', 'variableRate', 'oneFrame', 'hevc'])(
  '%s: the file has the packets and frames of the source at the same times',
  async (name) => {
    const { source } = await packaged(name)
    const file = await mp4Of(name)
    expect(await hashFrames('copy', file)).toEqual(await hashFrames('copy', source))
    const shown = (await hashFrames('decode', source)).map(({ seconds, hash }) => [expect.closeTo(seconds, 5), hash])
    expect((await hashFrames('decode', file)).map(({ seconds, hash }) => [seconds, hash])).toEqual(shown)
  },
)

test('picture and sound of one file, the index first, each whole', async () => {
  const file = await mp4Of('film', 'filmSound')
  const text = file.toString('latin1')
  expect(text.indexOf('moov')).toBeLessThan(text.indexOf('mdat'))
  expect(text.slice(4, 8)).toBe('ftyp')
  for (const [map, name] of [
    ['0:v:0', 'film'],
    ['0:a:0', 'filmSound'],
  ] as const) {
    const expected = await hashFrames('decode', (await packaged(name)).source)
    const frames = await hashFrames('decode', { args: ['-i', 'pipe:0', '-map', map], input: file })
    expect(frames.map(({ hash }) => hash)).toEqual(expected.map(({ hash }) => hash))
  }
})

test('sound that begins late keeps its distance to the picture', async () => {
  const file = await mp4Of('film', 'lateSound')
  const frames = await hashFrames('decode', { args: ['-i', 'pipe:0', '-map', '0:a:0'], input: file })
  const expected = await hashFrames('decode', (await packaged('lateSound')).source)
  expect(frames[0]?.seconds).toBeCloseTo(expected[0]?.seconds ?? 0, 3)
})

test('AAC frames behind ADTS headers decode as the track does', async () => {
  const { init, segments, source } = await packaged('filmSound')
  const format = adtsFormat(init.bytes)
  const frames = segments.flatMap(({ run, bytes }) => {
    let at = bytes.length - run.samples.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
    return run.samples.flatMap(({ sizeBytes }) => {
      at += sizeBytes
      const header = adtsHeader(format, sizeBytes)
      expect(header.length).toBe(ADTS_HEADER_BYTES)
      return [header, bytes.subarray(at - sizeBytes, at)]
    })
  })
  const packets = await hashFrames('copy', { args: ['-f', 'aac', '-i', 'pipe:0'], input: Buffer.concat(frames) })
  expect(packets).toHaveLength((await hashFrames('copy', source)).length)
  const decoded = await hashFrames('decode', { args: ['-f', 'aac', '-i', 'pipe:0'], input: Buffer.concat(frames) })
  const hashes = new Set(decoded.map(({ hash }) => hash))
  // The first packet is the priming that a file without an edit list cannot hide.
  const expected = await hashFrames('decode', source)
  expect(expected.slice(1).every(({ hash }) => hashes.has(hash))).toBe(true)
})

test.for([
  ['mp3', 48_000, 2],
  ['mp3Low', 22_050, 1],
] as const)(
  '%s: behind an info frame MP3 frames decode to the film’s length, without priming and padding',
  async (of) => {
    const [name, sampleRate, channels] = of
    const track = await packaged(name)
    const media = cutMedia(track)
    const payloads = track.segments.map(({ bytes }, at) => bytes.subarray(-(media.table.segments[at]?.bytes ?? 0)))
    const file = Buffer.concat([mp3InfoFrame(media, { sampleRate, channels }), ...payloads])
    await using folder = await mkdtempDisposable(join(tmpdir(), 'telecine-test-'))
    const path = join(folder.path, 'sound.mp3')
    // From a pipe FFmpeg reads no end of any MP3 file, its own included.
    const samples = async (bytes: Uint8Array) => {
      await writeFile(path, bytes)
      return (await ffmpeg(['-i', path, '-f', 's16le', 'pipe:1'])).length / (2 * channels)
    }
    expect(await samples(file)).toBe(3 * sampleRate)
    expect(await samples(Buffer.concat(payloads))).toBeGreaterThan(3 * sampleRate)
    // FFmpeg takes the frame for what it is: none of the sound.
    const packets = await hashFrames('copy', { args: ['-f', 'mp3', '-i', 'pipe:0'], input: file })
    expect(packets).toHaveLength(media.table.sizes.length)
  },
)

test('a sound without room for priming has an info frame without it, and one of 8 kHz has none', async () => {
  const media = { ...cutMedia(await packaged('mp3')), endSeconds: 1 }
  const frame = Buffer.from(mp3InfoFrame(media, { sampleRate: 48_000, channels: 2 }))
  expect([frame.includes('Info'), frame.includes('Lavc')]).toEqual([true, false])
  expect(mp3InfoFrame(media, { sampleRate: 8_000, channels: 1 })).toHaveLength(0)
})

test('a picture cannot be written as ADTS', async () => {
  const { init } = await packaged('oneFrame')
  expect(() => adtsFormat(init.bytes)).toThrow('not AAC')
})
