import { Readable } from 'node:stream'
import { describe, expect, test } from 'vitest'
import { checkStreamFiles } from './check-stream-files.ts'
import type { StreamFiles } from './find-file.ts'
import { checkIndexName, readStream } from './read-stream.ts'

const TS = `G${'\0'.repeat(187)}G`
const media = (...uris: readonly string[]) =>
  ['#EXTM3U', '#EXT-X-TARGETDURATION:2', ...uris.flatMap((uri) => ['#EXTINF:2,', uri]), '#EXT-X-ENDLIST'].join('\n')
const master = (...uris: readonly string[]) =>
  ['#EXTM3U', ...uris.flatMap((uri) => ['#EXT-X-STREAM-INF:BANDWIDTH=1', uri])].join('\n')

/** A bucket that holds these texts in the folder `show/`, and counts what is asked of it. */
const bucketOf = (contents: Readonly<Record<string, string>>) => {
  const asked: string[] = []
  const files: StreamFiles = {
    ...{ bucket: 'studio', folder: 'show/', signal: new AbortController().signal },
    store: {
      async head({ key }) {
        asked.push(key)
        const text = contents[key.slice('show/'.length)]
        return text === undefined ? undefined : { sizeBytes: text.length, etag: 'e', modifiedAt: new Date(0) }
      },
      async read({ key }, { range } = {}) {
        const text = contents[key.slice('show/'.length)] ?? ''
        return Readable.from([Buffer.from(text).subarray(range?.start, (range?.end ?? text.length) + 1)])
      },
    },
  }
  const read = async (root: string) => {
    const object = { bucket: 'studio', key: `show/${root}`, sizeBytes: contents[root]?.length ?? 0, etag: 'e' }
    const stream = await readStream(files, object)
    const checked = await checkStreamFiles(files, stream, () => undefined)
    checkIndexName(stream, checked.keys(), root)
    return [...stream.playlists.keys(), ...checked.keys()]
  }
  return { asked, read }
}

test('a stream is all that its playlists name, and each file is asked for once', async () => {
  const contents = {
    'a.m3u8': master('v/b.m3u8', 'c.m3u8'),
    'v/b.m3u8': media('1.ts', '2.ts'),
    'c.m3u8': media('v/1.ts', 'v/1.ts'),
  }
  const { asked, read } = bucketOf({ ...contents, 'v/1.ts': TS, 'v/2.ts': TS, 'other.ts': TS })
  expect(await read('a.m3u8')).toEqual(['a.m3u8', 'v/b.m3u8', 'c.m3u8', 'v/1.ts', 'v/2.ts'])
  expect(asked.toSorted()).toEqual(['show/c.m3u8', 'show/v/1.ts', 'show/v/2.ts', 'show/v/b.m3u8'])
})

describe('a stream is refused', () => {
  const ranged = (range: string) => media('all.ts').replace('all.ts', `#EXT-X-BYTERANGE:${range}\nall.ts`)
  test.each<[string, Readonly<Record<string, string>>]>([
    ['a master playlist inside a master playlist', { 'a.m3u8': master('b.m3u8'), 'b.m3u8': master('c.m3u8') }],
    ['a master playlist inside a master playlist', { 'a.m3u8': master('a.m3u8') }],
    ['b.m3u8 is missing', { 'a.m3u8': master('b.m3u8') }],
    ['the playlist b.m3u8: it is live', { 'a.m3u8': master('b.m3u8'), 'b.m3u8': '#EXTM3U\n#EXT-X-TARGETDURATION:2' }],
    [
      'it lasts 6.0 s, and b.m3u8 lasts 2.0 s',
      { 'a.m3u8': master('b.m3u8', 'c.m3u8'), 'b.m3u8': media('1.ts'), 'c.m3u8': media('1.ts', '1.ts', '1.ts') },
    ],
    ['more than 4 MB', { 'a.m3u8': '#'.repeat((4 << 20) + 1) }],
    ['1.ts is missing', { 'a.m3u8': media('1.ts') }],
    ['neither MPEG-TS nor', { 'a.m3u8': media('a.m3u8') }],
    ['text, not video or sound', { 'a.m3u8': media('1.vtt'), '1.vtt': 'WEBVTT' }],
    ['without an #EXT-X-MAP', { 'a.m3u8': media('1.m4s'), '1.m4s': '\0\0\0\u0018moof' }],
    ['it has 189 bytes, and the playlist names byte 189', { 'a.m3u8': ranged('10@180'), 'all.ts': TS }],
    ['taken for the stream itself', { 'a.m3u8': media('1.ts', 'index.m3u8'), '1.ts': TS, 'index.m3u8': TS }],
  ])('because of: %s', async (reason, contents) => {
    await expect(bucketOf(contents).read('a.m3u8')).rejects.toThrow(reason)
  })
})

test('a master whose only playlist is the index may have another name', async () => {
  const { read } = bucketOf({ 'a.m3u8': master('index.m3u8'), 'index.m3u8': media('1.ts'), '1.ts': TS })
  expect(await read('a.m3u8')).toEqual(['a.m3u8', 'index.m3u8', '1.ts'])
})
