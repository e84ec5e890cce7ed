import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { mediaPlaylist } from '../packaging/media-playlist.ts'
import { segmentCipher } from '../packaging/segment-cipher.ts'
import { PermanentFailure, SuspectFailure } from '../shared/task.ts'
import { rewriteRun } from './rewrite-run.ts'

const [FROM, TO] = ['a'.repeat(32), 'b'.repeat(32)]
const CIPHER = segmentCipher(new Uint8Array(16).fill(1))
const OTHER = segmentCipher(new Uint8Array(16).fill(2))
const FILES = [0, 1, 2, 3, 4].map((n) => `0000${n}.m4s`)
const clearOf = (file: string) => Buffer.from(`moof ${file} `.repeat(40))

/** A run of one track, sealed or clear, in a store that is a map. */
const runOf = (before: typeof CIPHER | undefined) => {
  const objects = new Map<string, Uint8Array>([[`play/${FROM}_1/init.mp4`, Buffer.from('ftyp')]])
  for (const file of FILES) {
    const path = `${FROM}_1/${file}`
    objects.set(`play/${path}`, before ? before.seal(clearOf(file), path) : clearOf(file))
  }
  const playlist = mediaPlaylist({
    independent: true,
    init: `${FROM}_1/init.mp4`,
    segments: FILES.map((file) => ({ uri: `${FROM}_1/${file}`, durationTicks: 1 })),
    timescale: 1,
    targetSeconds: 1,
    ...(before && { keyUri: 'old' }),
  })
  objects.set(`play/${FROM}_1.m3u8`, Buffer.from(playlist))
  return objects
}

type Put = (objects: Map<string, Uint8Array>, key: string, bytes: Uint8Array) => void
const keep: Put = (objects, key, bytes) => void objects.set(key, bytes)

const rewrite = (
  objects: Map<string, Uint8Array>,
  { put = keep, ...more }: { put?: Put } & Partial<Parameters<typeof rewriteRun>[0]>,
) =>
  rewriteRun({
    store: {
      async *list(_, prefix) {
        const found = [...objects].filter(([key]) => key.startsWith(prefix))
        for (const [key, bytes] of found) yield { key, sizeBytes: bytes.length }
      },
      put: async ({ key }, bytes) => put(objects, key, bytes),
      read: async ({ key }) => Readable.from([objects.get(key) ?? Buffer.alloc(0)]),
    },
    ...{ bucket: 'vod', playFolder: 'play/', from: FROM, to: TO, isPresent: () => true },
    ...{ signal: new AbortController().signal, onProgress: () => undefined },
    ...more,
  })

const playlists = (objects: ReadonlyMap<string, Uint8Array>) =>
  [...objects.keys()].filter((key) => key.endsWith('.m3u8'))

test.each([
  ['on', undefined, CIPHER],
  ['rotated', CIPHER, OTHER],
  ['off', CIPHER, undefined],
])('switched %s, every segment holds the bytes of before, and the old run is as it was', async (_, before, after) => {
  const objects = runOf(before)
  const old = new Map(objects)
  const shares: number[] = []
  await rewrite(objects, {
    ...(before && { before }),
    ...(after && { after: { cipher: after, keyUri: 'new' } }),
    onProgress: (share) => shares.push(share),
  })
  for (const file of FILES) {
    const stored = objects.get(`play/${TO}_1/${file}`) ?? Buffer.alloc(0)
    const clear = after ? after.open(stored, `${TO}_1/${file}`) : stored
    expect(Buffer.from(clear ?? '')).toEqual(clearOf(file))
  }
  for (const [key, bytes] of old) expect(objects.get(key)).toEqual(bytes)
  expect(playlists(objects)).toHaveLength(2)
  expect([objects.size, shares.at(-1)]).toEqual([2 * old.size, 1])
})

test('a try that ends half way writes no playlist, and the next one is whole', async () => {
  const objects = runOf(CIPHER)
  let puts = 0
  const away: Put = (all, key, bytes) => {
    puts += 1
    if (puts > 3) throw new Error('the store is away')
    keep(all, key, bytes)
  }
  const after = { cipher: OTHER, keyUri: 'new' }
  await expect(rewrite(objects, { before: CIPHER, after, put: away })).rejects.toThrow('away')
  expect(playlists(objects)).toHaveLength(1)
  // Three lanes, one failure each: nobody begins another file after it.
  expect(puts).toBeLessThanOrEqual(6)
  await rewrite(objects, { before: CIPHER, after, to: 'c'.repeat(32) })
  expect(playlists(objects)).toHaveLength(2)
})

test('a segment that does not open ends it for good; one that is missing is looked for again', async () => {
  const missing = runOf(CIPHER)
  missing.delete(`play/${FROM}_1/00002.m4s`)
  await expect(rewrite(missing, { before: CIPHER })).rejects.toThrow(SuspectFailure)
  const cutOff = runOf(CIPHER)
  cutOff.set(`play/${FROM}_1/00002.m4s`, Buffer.alloc(15))
  await expect(rewrite(cutOff, { before: CIPHER })).rejects.toThrow(PermanentFailure)
  await expect(rewrite(new Map(), {})).rejects.toThrow(SuspectFailure)
})

test('what was stored otherwise than it was written does not count', async () => {
  const objects = runOf(CIPHER)
  const short: Put = (all, key, bytes) => keep(all, key, bytes.subarray(0, bytes.length - 1))
  await expect(rewrite(objects, { before: CIPHER, put: short })).rejects.toThrow(SuspectFailure)
  expect(playlists(objects)).toHaveLength(1)
})

test('what belongs to other formats stays where it is, and is not written again', async () => {
  const objects = runOf(undefined)
  const others = ['_index.mpd', '_1_2X2_100_0.mpd', '_1_2X2_100_0.mp4', '_2/init.mp4', '_2/00000.m4s']
  for (const name of others) objects.set(`play/${FROM}${name}`, Buffer.from(name))
  await rewrite(objects, { after: { cipher: CIPHER, keyUri: 'new' } })
  expect(others.filter((name) => objects.has(`play/${TO}${name}`))).toEqual([])
  expect(others.every((name) => String(objects.get(`play/${FROM}${name}`)) === name)).toBe(true)
})
