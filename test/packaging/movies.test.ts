import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { openMovie } from '../../src/core/packaging/open-movie.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { hashFrames } from './ffmpeg.ts'
import { cut, expectSame, FILM } from './films.ts'

test.for([
  ['with its index at the front', ['-movflags', '+faststart'], 'mp4'],
  ['with its index at the end', [], 'mp4'],
  ['as MOV', ['-tag:a', 'mp4a'], 'mov'],
] as const)('a film %s has the packets and times of its source', async ([, muxing, extension]) => {
  const { opening } = await expectSame(await derive([...FILM, ...muxing], extension))
  expect(opening).toBeLessThanOrEqual(3)
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
