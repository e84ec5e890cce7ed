import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { type CutTrack, cutMovie } from '../../src/core/packaging/cut-movie.ts'
import type { RangedBytes } from '../../src/core/packaging/file-boxes.ts'
import { movieInit, movieSegment } from '../../src/core/packaging/movie-segment.ts'
import { openMovie } from '../../src/core/packaging/open-movie.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { hashFrames } from './ffmpeg.ts'

const SEGMENT_SECONDS = 2

const SIZE = ['-vf', 'scale=192:108', '-c:v', 'libx264', '-preset', 'veryfast']
const SOUND = ['-c:a', 'aac', '-b:a', '64k', '-ac', '2']
const FILM = ['-ss', '8', '-t', '7', '-i', bigBuckBunny(), ...SIZE, '-g', '60', '-bf', '3', ...SOUND]

/** Counts what it is asked for. */
const ranged = async (path: string) => {
  const bytes = await readFile(path)
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

const cut = async (path: string) => {
  const { file, asked } = await ranged(path)
  const movie = cutMovie(await openMovie(file), SEGMENT_SECONDS)
  const opening = asked.length
  const whole = async (track: CutTrack) => {
    const segments = track.segments.map((segment, n) => movieSegment(track, { segment, sequence: n + 1 }, file.read))
    return Buffer.concat([movieInit(track), ...(await Promise.all(segments))])
  }
  return { ...movie, opening, whole }
}

const rounded = (packets: Awaited<ReturnType<typeof hashFrames>>) =>
  packets.map(({ seconds, decodeSeconds, hash }) => [seconds.toFixed(3), decodeSeconds.toFixed(3), hash])

const fragmented = (plain: string, flags: string) =>
  derive(['-i', plain, '-c', 'copy', '-movflags', `frag_keyframe+${flags}`], 'mp4')

const expectSame = async (path: string) => {
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

test.for([
  ['with its index at the front', ['-movflags', '+faststart'], 'mp4'],
  ['with its index at the end', [], 'mp4'],
  ['as MOV', ['-tag:a', 'mp4a'], 'mov'],
] as const)('a film %s has the packets and times of its source', async ([, muxing, extension]) => {
  const { opening } = await expectSame(await derive([...FILM, ...muxing], extension))
  expect(opening).toBeLessThanOrEqual(3)
})

test.for([
  ['of both tracks, with their index at the end', 'empty_moov'],
  ['that count from their own beginning', 'empty_moov+default_base_moof'],
  ['whose pictures are shown before they are decoded', 'empty_moov+negative_cts_offsets'],
  ['of one track each', 'empty_moov+separate_moof'],
  ['with edit lists', 'delay_moov'],
  ['without an index, whose tracks follow each other', 'delay_moov+skip_trailer+omit_tfhd_offset+separate_moof'],
  ['with an index at the front', 'delay_moov+default_base_moof+global_sidx+skip_trailer'],
  ['with an index each', 'dash+delay_moov+skip_trailer'],
  ['behind samples of its own', 'separate_moof'],
] as const)('a film in fragments %s (%s) has the packets and times of its source', async ([, flags]) => {
  const plain = await derive(FILM, 'mp4')
  await expectSame(await fragmented(plain, flags))
})

test.for([
  ['empty_moov', 'empty_moov+skip_trailer'],
  ['delay_moov+separate_moof', 'delay_moov+separate_moof+skip_trailer'],
  ['delay_moov+default_base_moof+global_sidx+skip_trailer', 'delay_moov+default_base_moof+skip_trailer'],
] as const)('cut by its index (%s), a film is what it is when all of its fragments are read', async ([by, without]) => {
  const plain = await derive(FILM, 'mp4')
  const indexed = await cut(await fragmented(plain, by))
  const walked = await cut(await fragmented(plain, without))
  for (const kind of ['video', 'audio'] as const) {
    const [track, same] = [indexed[kind], walked[kind]]
    if (!track || !same) throw new Error('it has both')
    expect(track.units.count).toBeLessThan(same.units.count / 10)
    const packets = await hashFrames('copy', await indexed.whole(track))
    expect(rounded(packets)).toEqual(rounded(await hashFrames('copy', await walked.whole(same))))
    if (kind === 'video') expect((await indexed.whole(track)).equals(await walked.whole(same))).toBe(true)
  }
})

test('a picture that begins late fills the time before it', async () => {
  const path = await derive([...FILM, '-movflags', '+faststart'], 'mp4')
  const late = await derive(
    ['-itsoffset', '0.4', '-i', path, '-i', path, '-map', '0:v', '-map', '1:a', '-c', 'copy'],
    'mp4',
  )
  const { video, whole } = await cut(late)
  if (!video) throw new Error('it has a picture')
  const [first, second] = (await hashFrames('copy', await whole(video))).map(({ seconds }) => seconds)
  const [was, next] = (await hashFrames('copy', { args: ['-i', late, '-map', '0:v'] })).map(({ seconds }) => seconds)
  expect([was, first]).toEqual([expect.closeTo(0.4, 2), expect.closeTo(0, 2)])
  expect(second).toBeCloseTo(next ?? 0, 2)
})

const PATTERN = (seconds: number) => ['-f', 'lavfi', '-i', `testsrc2=s=64x48:r=10:d=${seconds}`]
const H264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']

test.for<[string, readonly string[], string, string]>([
  [
    'with keyframes 16 s apart',
    [...PATTERN(17), ...H264, '-g', '160', '-keyint_min', '160', '-sc_threshold', '0'],
    'mp4',
    'too far apart',
  ],
  ['of 4:4:4 pixels', [...PATTERN(1), ...H264, '-pix_fmt', 'yuv444p'], 'mp4', 'avc1.f4'],
  ['of MPEG-4 part 2', [...PATTERN(1), '-c:v', 'mpeg4'], 'mp4', 'mp4v'],
  ['with sound that browsers have no decoder for', ['-f', 'lavfi', '-i', 'sine=d=1', '-c:a', 'ac3'], 'mp4', 'ac-3'],
  ['in another container', [...PATTERN(1), ...H264], 'mkv', 'neither MP4 nor MOV'],
  [
    'that begins in the middle of a GOP',
    ['-ss', '9.3', '-i', bigBuckBunny(), '-t', '2', '-an', '-c', 'copy'],
    'mp4',
    'not to be seen',
  ],
])('a film %s is left to the encoder', async ([, args, extension, reason]) => {
  await expect(cut(await derive(args, extension))).rejects.toThrow(new RegExp(reason))
})

test('a file that is cut off anywhere is told apart from one that is damaged', async () => {
  const bytes = await readFile(await derive([...FILM, '-movflags', '+faststart'], 'mp4'))
  const opened = (length: number) =>
    openMovie({
      sizeBytes: length,
      read: async (start, count) => bytes.subarray(start, Math.min(start + count, length)),
    })
  for (const length of [0, 7, 100, 3000]) await expect(opened(length)).rejects.toThrow('ends before its index')
  const wrong = Buffer.from(bytes)
  wrong.writeUInt32BE(2 ** 31, wrong.indexOf('stsz') + 12)
  const read = async (start: number, count: number) => wrong.subarray(start, start + count)
  await expect(openMovie({ sizeBytes: wrong.length, read })).rejects.toThrow('too many samples')
})
