import { copyFile, mkdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { openFilms } from '../../src/adapters/films/open-films.ts'
import { movieSegment } from '../../src/core/packaging/movie-segment.ts'
import type { ByteRange, ObjectStore } from '../../src/core/shared/object-store.ts'
import { bigBuckBunny, derive } from '../support/media.ts'
import { createLocalStore } from '../support/object-store.ts'

/** 22 MB, its first segment 9 s long: what is read of it cannot be all of it. */
const copied = (...muxing: readonly string[]) =>
  derive(['-i', bigBuckBunny(), '-map', '0:v', '-map', '0:a', '-c', 'copy', ...muxing], 'mp4')

const counting = (store: ObjectStore) => {
  const ranges: (ByteRange | undefined)[] = []
  const read: ObjectStore['read'] = (object, options) => {
    ranges.push(options?.range)
    return store.read(object, options)
  }
  return { ranges, read }
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
  const { ranges, read } = counting(local.store)
  const { size: sizeBytes } = await stat(path)
  const film = await openFilms({ read }).open({ bucket: 'films', key: 'film.mp4', sizeBytes })
  if (!film) throw new Error('it plays')
  for (const track of [film.movie.video, film.movie.audio]) {
    const [segment] = track?.segments ?? []
    if (!track || !segment) throw new Error('it has both')
    expect(segment.startTicks / track.header.timescale).toBeLessThan(0.1)
    expect((await movieSegment(track, { segment, index: 0 }, film.read)).bytes).not.toHaveLength(0)
  }
  expect(ranges.length).toBeLessThanOrEqual(6)
})

/** Reads of films that go on as long as it is shut. */
const shutting = (store: ObjectStore) => {
  const gate = { isShut: false, opened: Promise.withResolvers<void>() }
  const held: string[] = []
  const read: ObjectStore['read'] = async (object, options) => {
    if (gate.isShut) {
      held.push(object.key)
      await gate.opened.promise
    }
    return store.read(object, options)
  }
  return { gate, held, read }
}

test('however many ask, 4 parts of a film are read at a time, and 16 of all films', async () => {
  await using local = await createLocalStore()
  await mkdir(join(local.root, 'films'))
  const { size: sizeBytes } = await stat(bigBuckBunny())
  const keys = ['a.mp4', 'b.mp4', 'c.mp4', 'd.mp4', 'e.mp4']
  for (const key of keys) await copyFile(bigBuckBunny(), join(local.root, 'films', key))
  const { gate, held, read } = shutting(local.store)
  const opener = openFilms({ read })
  const films = await Promise.all(keys.map((key) => opener.open({ bucket: 'films', key, sizeBytes })))
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
