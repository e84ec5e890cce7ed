import { describe, expect, test } from 'vitest'
import { leftOutSubtitles, textTracks } from './subtitle-tracks.ts'
import {
  changedSubtitles,
  isSubtitleObject,
  listedSubtitles,
  NO_SUBTITLES,
  parseLanguage,
  type SubtitleEdit,
  type Subtitles,
  shownSubtitles,
  subtitleFile,
  subtitlesOfNewOutputs,
} from './subtitles.ts'

const made = (language: string, type: 'VTT' | 'SRT' = 'VTT', digit = '1') => ({
  ...{ language, type, file: digit.repeat(32), sizeBytes: 1000 },
})
const edit = (more: Partial<Omit<SubtitleEdit, 'add'>>) => ({
  ...{ type: 'edit' as const, remove: [], attaches: true, detaches: true, ...more },
})
const states = ({ tracks }: Subtitles) =>
  tracks.map(({ id, type, language, shown }) => `${id} ${type} ${language} ${shown}`)

const first = changedSubtitles(NO_SUBTITLES, { type: 'extract' }, [made('en'), made('de')])

test('tracks of the source are shown at once and numbered', () => {
  expect(states(first)).toEqual(['1 VTT en now', '2 VTT de now'])
})

describe('an edit', () => {
  test('replaces what has the same language and type, and only that; numbers are not given again', () => {
    const next = changedSubtitles(first, edit({}), [made('en', 'VTT', '2'), made('en', 'SRT', '3')])
    expect(states(next)).toEqual(['2 VTT de now', '3 VTT en now', '4 SRT en now'])
    expect(changedSubtitles(next, edit({ remove: [{ type: 'SRT', language: 'en' }] }), []).nextId).toBe(5)
  })
  test('that does not attach shows what it adds after the next transcode, and until then what it replaces', () => {
    const next = changedSubtitles(first, edit({ attaches: false }), [made('en', 'VTT', '2'), made('fr', 'VTT', '3')])
    expect(states(next)).toEqual(['1 VTT en still', '2 VTT de now', '3 VTT en later', '4 VTT fr later'])
    expect(listedSubtitles(next).map(({ id }) => id)).toEqual([2, 3, 4])
    expect(shownSubtitles(next, 1000).map(({ language }) => language)).toEqual(['en', 'de'])
    expect(states(subtitlesOfNewOutputs(next))).toEqual(['2 VTT de now', '3 VTT en now', '4 VTT fr now'])
  })
  test('that does not detach shows what it removes until the next transcode', () => {
    const remove = [{ type: 'VTT', language: 'en' } as const]
    const next = changedSubtitles(first, edit({ detaches: false, remove }), [])
    expect(states(next)).toEqual(['1 VTT en still', '2 VTT de now'])
    expect(states(subtitlesOfNewOutputs(next))).toEqual(['2 VTT de now'])
    expect(states(changedSubtitles(first, edit({ remove }), []))).toEqual(['2 VTT de now'])
  })
  test('that removes what was never shown leaves nothing of it', () => {
    const later = changedSubtitles(NO_SUBTITLES, edit({ attaches: false }), [made('en')])
    const remove = [{ type: 'VTT', language: 'en' } as const]
    expect(states(changedSubtitles(later, edit({ detaches: false, remove }), []))).toEqual([])
  })
  test('chooses the default, which goes with the last of its language', () => {
    const chosen = changedSubtitles(first, edit({ defaultLanguage: 'de' }), [])
    expect(shownSubtitles(chosen, 1000).map(({ isDefault }) => isDefault)).toEqual([false, true])
    const gone = changedSubtitles(chosen, edit({ remove: [{ type: 'VTT', language: 'de' }] }), [])
    expect(gone.defaultLanguage).toBeUndefined()
  })
})

test('names are for people, in the language itself, and no two are alike; one is the default', () => {
  const tracks = [made('en'), made('en', 'SRT'), made('zh-Hans'), made('und'), { ...made('fr'), title: 'Sourds' }]
  const all = changedSubtitles(NO_SUBTITLES, edit({ defaultLanguage: 'en' }), tracks)
  const shown = shownSubtitles(all, 4000)
  expect(shown.map(({ name }) => name)).toEqual(['English', 'English (2)', '简体中文', 'Subtitles', 'Sourds'])
  expect(shown.map(({ isDefault }) => isDefault)).toEqual([true, false, false, false, false])
  expect(shown[0]).toMatchObject({ bandwidth: 2000, file: `${'1'.repeat(32)}_subtitle.vtt` })
})

test('objects are those of its tracks, by their very names', () => {
  const file = first.tracks[0]?.file ?? ''
  expect(isSubtitleObject(first, subtitleFile(file))).toBe(true)
  for (const name of [subtitleFile('9'.repeat(32)), `${file}_subtitle.mp4`, `../${file}_subtitle.vtt`]) {
    expect(isSubtitleObject(first, name)).toBe(false)
  }
  expect(isSubtitleObject(undefined, subtitleFile(file))).toBe(false)
})

test.each([
  ['EN', 'en'],
  ['eng', 'en'],
  ['chi', 'zh'],
  ['zh-hans-cn', 'zh-Hans-CN'],
  ['und', 'und'],
  ['english_us', undefined],
  ['"', undefined],
  ['', undefined],
])('language %j is %j', (text, language) => {
  expect(parseLanguage(text)).toBe(language)
})

test('of a source text tracks are taken, and the others named', () => {
  const subtitles = ['subrip', 'hdmv_pgs_subtitle', 'mov_text', 'none', 'dvb_teletext'].map((codec, n) => ({
    ...{ stream: n + 2, codec },
    ...(n === 1 && { language: 'en' }),
  }))
  expect(textTracks({ subtitles }).map(({ stream }) => stream)).toEqual([2, 4])
  expect(leftOutSubtitles({ subtitles })).toBe(
    'Left out: subtitles of stream 3 (hdmv_pgs_subtitle, en), which are pictures, ' +
      'subtitles of stream 5 (unknown codec), which cannot be read, subtitles of stream 6 (dvb_teletext), which cannot be read',
  )
  expect(leftOutSubtitles({})).toBeUndefined()
})
