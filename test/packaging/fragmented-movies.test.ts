import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { derive } from '../support/media.ts'
import { hashFrames } from './ffmpeg.ts'
import { cut, cutBytes, expectSame, FILM, fragmented, rounded } from './films.ts'

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

const bytesOf = async (flags: string): Promise<Buffer> => readFile(await fragmented(await derive(FILM, 'mp4'), flags))

/** Where the payload of the n-th box of a type begins. */
const payloadAt = (film: Buffer, type: string, n = 0): number => {
  let at = -1
  for (let left = n; left >= 0; left -= 1) at = film.indexOf(type, at + 1)
  if (at === -1) throw new Error(`there is no ${type} ${n}`)
  return at + 4
}

const ENTRY_BYTES = 19
/** Of a `tfra` of FFmpeg. */
const entryAt = (film: Buffer, n: number): number => payloadAt(film, 'tfra') + 16 + n * ENTRY_BYTES

test.for<[string, (film: Buffer) => void]>([
  ['begins before the file', (film) => film.writeUInt32BE(2 ** 31, film.length - 4)],
  ['begins somewhere else', (film) => film.writeUInt32BE(100, film.length - 4)],
  ['announces more entries than it has', (film) => film.writeUInt32BE(2 ** 32 - 1, payloadAt(film, 'tfra') + 12)],
  ['has no entries', (film) => film.writeUInt32BE(0, payloadAt(film, 'tfra') + 12)],
  ['goes back in time', (film) => film.writeBigUInt64BE(1n, entryAt(film, 2))],
  ['goes back in the file', (film) => film.writeBigUInt64BE(1n, entryAt(film, 2) + 8)],
  ['names a fragment that is not there', (film) => film.writeBigUInt64BE(BigInt(film.length), entryAt(film, 3) + 8)],
  ['is that of another track', (film) => film.writeUInt32BE(7, payloadAt(film, 'tfra') + 4)],
])('where the index of the fragments %s, all of them are read', async ([, spoil]) => {
  const film = await bytesOf('delay_moov')
  const { video: indexed } = await cutBytes(film)
  spoil(film)
  const { video } = await cutBytes(film)
  expect([indexed?.units.count, video?.units.count]).toEqual([4, 168])
})

test.for<[string, (film: Buffer) => void]>([
  ['is not there', (film) => film.write('free', payloadAt(film, 'moof', 1) - 4)],
  ['is of another time', (film) => film.writeBigUInt64BE(17_000n, payloadAt(film, 'tfdt', 2) + 4)],
  ['begins with no keyframe', (film) => film.writeUInt32BE(0x01010000, payloadAt(film, 'trun', 2) + 12)],
  [
    'has more bytes than lie in it',
    (film) => {
      const trun = payloadAt(film, 'trun', 2)
      const sizes = trun + 12 + (film.readUInt32BE(trun) & 0x4 ? 4 : 0) + (film.readUInt32BE(trun) & 0x100 ? 4 : 0)
      film.writeInt32BE(8 - payloadAt(film, 'moof', 1), trun + 8)
      film.writeUInt32BE(Math.floor(film.length / 2), sizes)
    },
  ],
])('a fragment of the index that %s costs its segment, and no other', async ([, spoil]) => {
  const film = await bytesOf('delay_moov')
  spoil(film)
  const { video, segment } = await cutBytes(film)
  if (!video) throw new Error('it has a picture')
  await expect(segment(video, 1)).rejects.toThrow('not as their index has them')
  expect((await segment(video, 2)).length).toBeGreaterThan(1000)
})

const HUGE = 2 ** 32 - 1

test.for<[string, (film: Buffer) => void, RegExp]>([
  [
    'with billions of samples in a few bytes',
    (film) => film.writeUInt32BE(HUGE, payloadAt(film, 'trun', 2) + 4),
    /impossibly many/,
  ],
  [
    'of tracks that were not announced',
    (film) => film.writeUInt32BE(7, payloadAt(film, 'tfhd', 2) + 4),
    /not announced/,
  ],
  [
    'with data before the file',
    (film) => film.writeInt32BE(-(2 ** 31), payloadAt(film, 'trun', 2) + 8),
    /ends before its samples/,
  ],
  ['that go back in time', (film) => film.writeBigUInt64BE(0n, payloadAt(film, 'tfdt', 2) + 4), /back in time/],
  [
    'that begin in years',
    (film) => film.writeBigUInt64BE(2n ** 40n, payloadAt(film, 'tfdt', 6) + 4),
    /too far apart|too long/,
  ],
  ['without a time', (film) => film.write('free', payloadAt(film, 'tfdt', 2) - 4), /lacks a box/],
  ['of impossible size', (film) => film.writeUInt32BE(4, payloadAt(film, 'moof', 1) - 8), /impossible size/],
])('fragments %s are refused', async ([, spoil, reason]) => {
  const film = await bytesOf('delay_moov+skip_trailer')
  spoil(film)
  await expect(cutBytes(film)).rejects.toThrow(reason)
})

test('a film that is cut off in a fragment is told apart from one that is damaged', async () => {
  const film = await bytesOf('delay_moov+skip_trailer')
  for (const bytes of [film.length - 1, payloadAt(film, 'moof', 2) + 50, payloadAt(film, 'moof', 1) - 6]) {
    await expect(cutBytes(film.subarray(0, bytes))).rejects.toThrow(/The file ends/)
  }
})

test('fragments without end, or with heads without end, are not read to their end', async () => {
  const film = await bytesOf('delay_moov+skip_trailer')
  const begin = payloadAt(film, 'moof') - 8
  const fragment = film.subarray(begin, payloadAt(film, 'moof', 1) - 8)
  const many = Buffer.concat([film.subarray(0, begin), ...Array.from({ length: 600 }, () => fragment)])
  await expect(cutBytes(many)).rejects.toThrow('too many, or too large')
  const large = Buffer.concat([film.subarray(0, begin + 4), Buffer.from('moof'), Buffer.alloc(9 << 20)])
  large.writeUInt32BE(large.length - begin, begin)
  await expect(cutBytes(large)).rejects.toThrow('too many, or too large')
})
