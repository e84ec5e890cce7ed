import { expect, test } from 'vitest'
import type { Asset } from '../catalog/asset.ts'
import { asset, PARAMETERS, RUN, rendition } from './edge-fixtures.ts'
import { allNames, changingPaths, knownPaths, namesBehind, playPaths } from './edge-paths.ts'
import { sourceRun } from './source-film.ts'

const files = { asset, renditions: [rendition], adopted: [] }
const INDEX = 'play_video/index.m3u8'
const PLAYLIST = `play_video/${rendition.playlist}`

test('what viewers begin with are the indexes, the outputs and the cover; the source only where there are none', () => {
  expect(playPaths(files)).toEqual([INDEX, PLAYLIST, 'cover/Cover0.jpg'])
  expect(playPaths({ ...files, renditions: [] })).toEqual(['film.mp4', 'cover/Cover0.jpg'])
  const secret = { ...asset, encryption: { key: 'sealed' } } as Asset
  expect(playPaths({ ...files, asset: secret, renditions: [] })).toEqual(['cover/Cover0.jpg'])
  expect(changingPaths(files)).toContain(`play_video/${PARAMETERS}_audio.m3u8`)
})

test('names are percent-encoded as in URLs', () => {
  const odd = { ...rendition, playlist: 'part ä/1?.m3u8' }
  expect(playPaths({ ...files, renditions: [odd] })).toContain('play_video/part%20%C3%A4/1%3F.m3u8')
  const adopted = [{ path: 'part 0.ts' }]
  expect([...namesBehind({ ...files, adopted }, INDEX)]).toContain('play_video/part%200.ts')
})

test('of a deleted asset the names are left that all have, and its segments are computed', () => {
  const { cover: _, ...rest } = asset
  const gone = { asset: { ...rest, ingest: { state: 'deleted' } } as Asset, renditions: [], adopted: [] }
  const paths = [INDEX, 'play_video/index.mpd', 'film.mp4', 'cover/Cover0.jpg']
  expect(knownPaths(gone)).toEqual(paths)
  const behind = [...namesBehind(gone, INDEX)]
  // 23 seconds of 5 each.
  for (const track of ['1', '2', 'audio']) {
    for (const file of ['init.mp4', '00000.m4s', '00004.m4s'])
      expect(behind).toContain(`play_video/${RUN}_${track}/${file}`)
  }
  expect(behind.length).toBeLessThan(120)
  expect([...namesBehind(gone, 'film.mp4')]).toEqual([])
})

test('the segments of a preview stand behind the index, also after it failed', () => {
  const run = 'd'.repeat(32)
  for (const change of [{ preview: { run } }, { retired: [{ run, untilMs: 0 }] }]) {
    const behind = [...namesBehind({ ...files, asset: { ...asset, ...change } as Asset }, INDEX)]
    for (const file of ['1/init.mp4', '1/00011.m4s', 'audio/00011.m4s']) {
      expect(behind).toContain(`play_video/${run}_${file}`)
    }
  }
})

test('the stream that the source was stands behind the index, clear and under its key, as long as it can have been', () => {
  const behind = (change: object) =>
    [...namesBehind({ ...files, asset: { ...asset, ...change } as Asset }, INDEX)].filter((name) =>
      /source_/.test(name),
    )
  const ofTrack = (track: string) => [
    ...[`play_video/${track}.m3u8`, `play_video/${track}/init.mp4`],
    // 23 seconds of 5 each, and what does not begin at the same times.
    ...Array.from({ length: 7 }, (_, n) => `play_video/${track}/0000${n}.m4s`),
  ]
  const clear = [...ofTrack('source_video'), ...ofTrack('source_audio')]
  expect(behind({})).toEqual(clear)
  const encryption = { key: 'sealed' }
  const run = sourceRun({ encryption })
  const sealed = ['video', 'audio'].flatMap((kind) => ofTrack(`${run}_source_${kind}`))
  expect(behind({ encryption })).toEqual([...clear, ...sealed])
  expect(behind({ videoType: 'HLS' })).toEqual([])
  expect(behind({ transcodeSettings: { ...asset.transcodeSettings, sourcePlayback: false } })).toEqual([])
  // Its transfer failed: 80 kB are 10 seconds at most.
  const { media: _, ...unseen } = asset
  const unprobed = { asset: { ...unseen, source: { ...asset.source, sizeBytes: 80_000 } }, renditions: [], adopted: [] }
  const names = [...namesBehind(unprobed, INDEX)].filter((name) => name.startsWith('play_video/source_video/'))
  expect(names.at(-1)).toBe('play_video/source_video/00003.m4s')
})

test('subtitles stand behind the index', () => {
  const track = { id: 1, type: 'VTT', language: 'en', file: '5'.repeat(32), sizeBytes: 1, shown: 'now' } as const
  const subtitled = { ...files, asset: { ...asset, subtitles: { tracks: [track], nextId: 2 } } }
  const names = ['vtt', 'm3u8'].map((ending) => `play_video/${track.file}_subtitle.${ending}`)
  expect([...namesBehind(subtitled, INDEX)]).toEqual(expect.arrayContaining(names))
})

test('retired runs are thought of, too, and the cover stands for the pictures', () => {
  const old = 'd'.repeat(32)
  const known = { ...files, asset: { ...asset, retired: [{ run: old, untilMs: 0 }], storyboardSheets: 2 } }
  const behind = [...namesBehind(known, INDEX)]
  expect(behind).toContain(`play_video/${old}_1/00000.m4s`)
  // Its settings may have been others: shorter segments, more outputs, MP3.
  for (const name of ['6/00011.m4s', 'audio/00011.mp3']) expect(behind).toContain(`play_video/${old}_${name}`)
  const sheets = ['index.vtt', '0.jpg', '1.jpg'].map((name) => `snapshot/storyboard/${name}`)
  expect([...namesBehind(known, 'cover/Cover0.jpg')]).toEqual(sheets)
  const settings = { intervalSeconds: 5, thresholds: { porn: 80, terrorism: 0, politics: 0 }, publishOnPass: false }
  const order = { task: 't', templateId: 't', settings }
  const review = { state: 'blocked', order, pictures: { run: old, count: 2 } } as const
  const reviewed = { ...files, asset: { ...asset, review } }
  expect([...namesBehind(reviewed, 'cover/Cover0.jpg')]).toEqual(['0', '5'].map((n) => `snapshot/sample0/${n}.jpg`))
})

test('all names of an asset are those that viewers begin with and what stands behind them', () => {
  const names = [...allNames(files)]
  const [first] = names
  expect([first, new Set(names).size === names.length]).toEqual([INDEX, true])
  expect(names).toEqual(expect.arrayContaining([...knownPaths(files), ...namesBehind(files, INDEX)]))
})

test('no film is so long that its names have no end', () => {
  const endless = { ...files, asset: { ...asset, media: { ...asset.media, durationMs: 1e12 } } as Asset }
  let count = 0
  for (const _ of namesBehind(endless, INDEX)) count++
  expect(count).toBeLessThan(20_002 * 14)
})
