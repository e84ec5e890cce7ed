import { expect, test } from 'vitest'
import type { EdgeCaches, Pulled, PullRequest } from './edge-ports.ts'
import { type PullExtent, pullThroughEdges } from './pull-through-edges.ts'
import { purgeFromEdges } from './purge-from-edges.ts'

const ROOT = '/asset/x/'
const MEDIA = (name: string, count: number) =>
  ['#EXTM3U', `#EXT-X-MAP:URI="${name}/init.mp4"`, ...Array.from({ length: count }, (_, n) => `${name}/${n}.m4s`)].join(
    '\n',
  )
const FILES: Readonly<Record<string, string>> = {
  'index.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n1.m3u8\n#EXT-X-STREAM-INF:BANDWIDTH=2\n2.m3u8\n',
  '1.m3u8': MEDIA('1', 5),
  '2.m3u8': MEDIA('2', 2),
  'one.m3u8': '#EXTM3U\n#EXT-X-BYTERANGE:9@0\nall.ts\n#EXT-X-BYTERANGE:9@9\nall.ts\n',
  'loop.m3u8': '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\nloop.m3u8?\n#EXT-X-STREAM-INF:BANDWIDTH=1\nindex.m3u8\n',
}

/** Edges that hold these files; whatever begins with "dead" answers nothing. */
const edgesOf = (...edges: readonly string[]) => {
  const asked: (PullRequest & { readonly edge: string })[] = []
  let running = 0
  let most = 0
  const caches: EdgeCaches = {
    edges,
    async pull(edge, request): Promise<Pulled> {
      asked.push({ edge, ...request })
      running++
      most = Math.max(most, running)
      await Promise.resolve()
      running--
      if (edge.startsWith('dead')) return { type: 'unanswered', reason: 'could not be read (ECONNREFUSED)' }
      const name = request.path.slice(ROOT.length)
      const status = name.endsWith('m3u8') && FILES[name] === undefined ? 404 : 200
      return { type: 'answered', status, text: FILES[name] ?? '' }
    },
    async purge(edge, path) {
      asked.push({ edge, path, keepText: false })
      if (path.endsWith('bad')) return { reason: 'answered PURGE with 400', isLasting: false }
      return edge.startsWith('dead') ? { reason: 'could not be read (ECONNREFUSED)', isLasting: true } : undefined
    },
  }
  const paths = (edge = edges[0]) => asked.filter((one) => one.edge === edge).map(({ path }) => path.slice(ROOT.length))
  const pull = (extent: PullExtent = 'beginning') => pullThroughEdges({ caches, extent }, new AbortController().signal)
  return { caches, asked, paths, pull, most: () => most }
}

const BEGINNING = [
  '1.m3u8',
  '1/0.m4s',
  '1/1.m4s',
  '1/2.m4s',
  '1/init.mp4',
  '2.m3u8',
  '2/0.m4s',
  '2/1.m4s',
  '2/init.mp4',
  'index.m3u8',
]

const sorted = (paths: readonly string[]) => paths.toSorted((one, other) => one.localeCompare(other))

test('an index is pulled with its playlists and their first segments, a few at a time', async () => {
  const { pull, paths, most } = edgesOf('one')
  expect(await pull()(ROOT, 'index.m3u8')).toEqual({ state: 'succeeded' })
  expect(sorted(paths())).toEqual(sorted(BEGINNING))
  expect(most()).toBeLessThanOrEqual(4)
})

test('all of a stream is pulled where that is set', async () => {
  const { pull, paths } = edgesOf('one')
  await pull('all')(ROOT, 'index.m3u8')
  expect(sorted(paths())).toEqual(sorted([...BEGINNING, '1/3.m4s', '1/4.m4s']))
})

test('every edge is asked for each path once, however many name it', async () => {
  const { pull, paths } = edgesOf('one', 'two')
  const run = pull()
  await Promise.all(['index.m3u8', '1.m3u8', '2.m3u8', 'index.m3u8'].map((path) => run(ROOT, path)))
  expect([sorted(paths('one')), sorted(paths('two'))]).toEqual([sorted(BEGINNING), sorted(BEGINNING)])
})

test('of files of one piece, and of segments that all lie in one, the beginning is pulled', async () => {
  const { pull, asked } = edgesOf('one')
  const run = pull()
  await Promise.all([run(ROOT, 'film.mp4'), run(ROOT, 'one.m3u8'), run(ROOT, '2.m3u8')])
  const part = (name: string) => asked.find(({ path }) => path === ROOT + name)?.beginningBytes
  expect([part('film.mp4'), part('all.ts'), part('2/0.m4s'), part('one.m3u8')]).toEqual([
    ...[4_194_304, 4_194_304, undefined, undefined],
  ])
  const whole = edgesOf('one')
  await whole.pull('all')(ROOT, 'film.mp4')
  expect(whole.asked).toEqual([{ edge: 'one', path: `${ROOT}film.mp4`, keepText: false }])
})

test('what an edge does not have fails with edge, status and path', async () => {
  const { pull } = edgesOf('one')
  const reason = 'one answered 404 for /asset/x/none.m3u8'
  expect(await pull()(ROOT, 'none.m3u8')).toEqual({ state: 'failed', reason })
})

test('an edge that gives no answer is left alone after the first, and the others go on', async () => {
  const { pull, paths } = edgesOf('dead', 'alive')
  const run = pull()
  const reason = 'dead could not be read (ECONNREFUSED)'
  expect(await run(ROOT, 'index.m3u8')).toEqual({ state: 'failed', reason })
  expect(await run(ROOT, 'film.mp4')).toEqual({ state: 'failed', reason })
  expect(paths('dead')).toEqual(['index.m3u8'])
  expect(sorted(paths('alive'))).toEqual(sorted([...BEGINNING, 'film.mp4']))
})

test('playlists that name each other end', async () => {
  const { pull, paths } = edgesOf('one')
  await pull()(ROOT, 'loop.m3u8')
  expect(sorted(paths())).toEqual(['1.m3u8', '2.m3u8', 'index.m3u8', 'loop.m3u8'])
})

test('every path is purged from every edge; one that fails them all is not asked for each', async () => {
  const { caches, paths } = edgesOf('alive', 'dead')
  const all = Array.from({ length: 100 }, (_, n) => `${n}.m4s`)
  const purge = purgeFromEdges(caches, new AbortController().signal)
  const failed = { state: 'failed', reason: 'dead could not be read (ECONNREFUSED)' }
  expect(await purge(ROOT, () => all)).toEqual(failed)
  const asked = paths('dead').length
  expect([paths('alive').length, asked <= 8]).toEqual([100, true])
  expect(await purge(ROOT, () => ['one.m4s'])).toEqual(failed)
  expect([paths('alive').length, paths('dead').length]).toEqual([101, asked])
})

test('a path that cannot be purged fails for itself alone', async () => {
  const { caches } = edgesOf('odd')
  const purge = purgeFromEdges(caches, new AbortController().signal)
  expect(await purge(ROOT, () => ['bad', '1.m4s'])).toEqual({ state: 'failed', reason: 'odd answered PURGE with 400' })
  expect(await purge(ROOT, () => ['1.m4s'])).toEqual({ state: 'succeeded' })
})
