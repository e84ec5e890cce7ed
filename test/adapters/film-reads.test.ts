import { copyFile, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openFilms } from '../../src/adapters/films/open-films.ts'
import { movieSegment } from '../../src/core/packaging/movie-segment.ts'
import type { ObjectStore } from '../../src/core/shared/object-store.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { createLocalStore } from '../support/object-store.ts'
import { until } from '../support/until.ts'

/** 22 MB, its first segment 9 s long: what is read of it cannot be all of it. */
const copied = (...muxing: readonly string[]) =>
  derive(['-i', bigBuckBunny(), '-map', '0:v', '-map', '0:a', '-c', 'copy', ...muxing], 'mp4')

const bunnyIn = async (root: string, ...keys: readonly string[]) => {
  const { size: sizeBytes } = await stat(bigBuckBunny())
  await mkdir(join(root, 'films'))
  for (const key of keys) await copyFile(bigBuckBunny(), join(root, 'films', key))
  return (key: string) => ({ bucket: 'films', key, sizeBytes })
}

const counting = (store: ObjectStore) => {
  const starts: number[] = []
  const fill: ObjectStore['fill'] = (object, places, options) => {
    starts.push(options.start)
    return store.fill(object, places, options)
  }
  return { starts, fill }
}

test.for<[string, () => Promise<string>]>([
  ['its index in front', () => copied('-movflags', '+faststart')],
  ['its index at the end', async () => bigBuckBunny()],
  ['fragments, and their index at the end', () => copied('-movflags', 'frag_keyframe+empty_moov')],
  [
    'fragments, and their index in front',
    () => copied('-movflags', 'frag_keyframe+delay_moov+global_sidx+skip_trailer'),
  ],
])('at most 6 reads of the store lead to the first picture and sound of a film with %s', async ([, make]) => {
  await using local = await createLocalStore()
  await mkdir(join(local.root, 'films'))
  const path = await make()
  await copyFile(path, join(local.root, 'films/film.mp4'))
  const { starts, fill } = counting(local.store)
  const { size: sizeBytes } = await stat(path)
  const film = await openFilms({ fill }).open({ bucket: 'films', key: 'film.mp4', sizeBytes })
  if (!film) throw new Error('it plays')
  for (const track of [film.movie.video, film.movie.audio]) {
    const [segment] = track?.segments ?? []
    if (!track || !segment) throw new Error('it has both')
    expect(segment.startTicks / track.header.timescale).toBeLessThan(0.1)
    expect((await movieSegment(track, { segment, index: 0 }, film)).bytes).not.toHaveLength(0)
  }
  expect(starts.length).toBeLessThanOrEqual(6)
})

/** Reads of films that go on as long as it is shut. */
const shutting = (store: ObjectStore) => {
  const gate = { isShut: false, opened: Promise.withResolvers<void>() }
  const held: string[] = []
  const fill: ObjectStore['fill'] = async (object, places, options) => {
    if (gate.isShut) {
      held.push(object.key)
      await gate.opened.promise
    }
    return store.fill(object, places, options)
  }
  return { gate, held, fill }
}

test('however many ask, 4 parts of a film are read at a time, and 16 of all films', async () => {
  await using local = await createLocalStore()
  const keys = ['a.mp4', 'b.mp4', 'c.mp4', 'd.mp4', 'e.mp4']
  const filmOf = await bunnyIn(local.root, ...keys)
  const { gate, held, fill } = shutting(local.store)
  const opener = openFilms({ fill })
  const films = await Promise.all(keys.map((key) => opener.open(filmOf(key))))
  gate.isShut = true
  const asked: Promise<number | undefined>[] = []
  for (const start of [0, 4, 8, 12, 16, 20].map((blocks) => blocks << 20)) {
    asked.push(...films.map(async (film) => (await film?.read(start, 100))?.length))
    // Viewers ask one after the other.
    await setImmediate()
  }
  const counts = Object.values(Object.groupBy(held, (key) => key)).map((reads) => reads?.length)
  expect([Math.max(...counts.map((count) => count ?? 0)), held.length]).toEqual([4, 16])
  gate.opened.resolve()
  expect(new Set(await Promise.all(asked))).toEqual(new Set([100]))
  expect(held).toHaveLength(asked.length)
})

/** What no store answers: it ends when whoever reads has enough. */
const hang = (signal: AbortSignal | undefined): Promise<never> =>
  new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))

test('films that are not read in time are given up, so that another one can be opened, and tried anew', {
  timeout: 20_000,
}, async () => {
  await using local = await createLocalStore()
  const filmOf = await bunnyIn(local.root, 'a.mp4', 'b.mp4', 'c.mp4')
  const hung = new Set(['a.mp4', 'b.mp4'])
  const fill: ObjectStore['fill'] = (object, places, options) =>
    hung.has(object.key) ? hang(options.signal) : local.store.fill(object, places, options)
  const films = openFilms({ fill }, { openingMs: 2000 })
  const waiting = Promise.allSettled([films.open(filmOf('a.mp4')), films.open(filmOf('b.mp4'))])
  expect(await films.open(filmOf('c.mp4'))).toBeDefined()
  const reason = { name: 'TimeoutError' }
  expect(await waiting).toMatchObject([
    { status: 'rejected', reason },
    { status: 'rejected', reason },
  ])
  hung.clear()
  expect(await films.open(filmOf('a.mp4'))).toBeDefined()
})

test('films that need many reads do not keep others from being opened', { timeout: 20_000 }, async () => {
  await using local = await createLocalStore()
  const filmOf = await bunnyIn(local.root, 'whole.mp4')
  const path = await copied('-movflags', 'delay_moov+default_base_moof+skip_trailer', '-frag_duration', '500000')
  const { size: sizeBytes } = await stat(path)
  for (const key of ['a.mp4', 'b.mp4']) await copyFile(path, join(local.root, 'films', key))
  const reads = new Map<string, number>()
  const isFar = Promise.withResolvers<void>()
  const fill: ObjectStore['fill'] = async (object, places, options) => {
    const count = (reads.get(object.key) ?? 0) + 1
    reads.set(object.key, count)
    if (count === 40) await isFar.promise
    return local.store.fill(object, places, options)
  }
  const films = openFilms({ fill })
  const waiting = Promise.all([
    films.open({ ...filmOf('a.mp4'), sizeBytes }),
    films.open({ ...filmOf('b.mp4'), sizeBytes }),
  ])
  await until('both have been read for long', async () => ['a.mp4', 'b.mp4'].every((key) => reads.get(key) === 40))
  expect(await films.open(filmOf('whole.mp4'))).toBeDefined()
  isFar.resolve()
  for (const film of await waiting) expect(film?.movie.video?.segments.length).toBeGreaterThan(2)
})
