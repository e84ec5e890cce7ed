import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import { type CutTrack, cutMovie } from '../../src/core/packaging/cut-movie.ts'
import type { RangedBytes } from '../../src/core/packaging/file-boxes.ts'
import { movieInit, movieSegment } from '../../src/core/packaging/movie-segment.ts'
import { openMovie } from '../../src/core/packaging/open-movie.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { hashFrames } from './ffmpeg.ts'

const SEGMENT_SECONDS = 2

const SIZE = ['-vf', 'scale=192:108', '-c:v', 'libx264', '-preset', 'veryfast']
const SOUND = ['-c:a', 'aac', '-b:a', '64k', '-ac', '2']
export const FILM = ['-ss', '8', '-t', '7', '-i', bigBuckBunny(), ...SIZE, '-g', '60', '-bf', '3', ...SOUND]

/** Counts what it is asked for. */
const ranged = (bytes: Uint8Array) => {
  const asked: { readonly start: number; readonly length: number }[] = []
  const file: RangedBytes = {
    sizeBytes: bytes.length,
    read: async (start, length) => {
      asked.push({ start, length })
      return bytes.subarray(start, start + length)
    },
  }
  return { file, asked }
}

export const cut = async (path: string) => cutBytes(await readFile(path))

export const cutBytes = async (bytes: Uint8Array) => {
  const { file, asked } = ranged(bytes)
  const movie = cutMovie(await openMovie(file), SEGMENT_SECONDS)
  const opening = asked.length
  const segment = async (track: CutTrack, n: number) => {
    const found = track.segments[n]
    if (!found) throw new Error(`there is no segment ${n}`)
    const { bytes } = await movieSegment(track, { segment: found, index: n }, file)
    expect(track.mostBytesIn(found)).toBeGreaterThan(bytes.length)
    return bytes
  }
  const whole = async (track: CutTrack) => {
    const segments = track.segments.map((_, n) => segment(track, n))
    return Buffer.concat([movieInit(track), ...(await Promise.all(segments))])
  }
  return { ...movie, opening, segment, whole }
}

export const rounded = (packets: Awaited<ReturnType<typeof hashFrames>>) =>
  packets.map(({ seconds, decodeSeconds, hash }) => [seconds.toFixed(3), decodeSeconds.toFixed(3), hash])

export const fragmented = (plain: string, flags: string) =>
  derive(['-i', plain, '-c', 'copy', '-movflags', `frag_keyframe+${flags}`], 'mp4')

export const expectSame = async (path: string) => {
  const { video, audio, whole, opening } = await cut(path)
  if (!video || !audio) throw new Error('it has both')
  for (const [track, map] of [
    [video, '0:v'],
    [audio, '0:a'],
  ] as const) {
    const packets = await hashFrames('copy', await whole(track))
    expect(rounded(packets)).toEqual(rounded(await hashFrames('copy', { args: ['-i', path, '-map', map] })))
    expect(track.segments.map(({ first }) => first)).toEqual(
      track.segments.map((_, n) => track.segments[n - 1]?.end ?? 0),
    )
  }
  expect(video.segments.length).toBeGreaterThan(2)
  const seconds = ({ header, segments }: CutTrack) => segments.map(({ startTicks }) => startTicks / header.timescale)
  const starts = seconds(video)
  for (const [n, start] of seconds(audio).entries()) expect(start - (starts[n] ?? 0)).toBeLessThan(0.03)
  return { opening }
}
