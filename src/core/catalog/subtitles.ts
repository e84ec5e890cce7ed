import type { AssetSource } from './asset.ts'
import { PLAY_FOLDER } from './object-keys.ts'

export const SUBTITLE_TYPES = ['VTT', 'SRT'] as const
export type SubtitleType = (typeof SUBTITLE_TYPES)[number]

/** What tells subtitles of an asset apart for those who add and remove them. */
export interface SubtitleName {
  /** Of the file that it was made of; a track of the source counts as VTT. All are served as WebVTT. */
  readonly type: SubtitleType
  /** BCP 47, in its canonical form; `und`: nobody knows. */
  readonly language: string
}

/** One of an asset, made and verified. */
export interface Subtitle extends SubtitleName {
  /** Given once and never again. */
  readonly id: number
  /** 32 hex digits after which its objects are named. */
  readonly file: string
  readonly sizeBytes: number
  /** What the source calls it. */
  readonly title?: string
  /** `later`: not in the outputs before the next transcode. `still`: removed, but in the outputs until then. */
  readonly shown: 'now' | 'later' | 'still'
}

/** All of an asset. They belong to it and not to a transcode, so a later one shows them, too. */
export interface Subtitles {
  readonly tracks: readonly Subtitle[]
  readonly nextId: number
  /** The source's own were taken out of it: whoever removes one later does not get it back. */
  readonly extracted?: true
  /** Shown unless the viewer wants none. */
  readonly defaultLanguage?: string
  /** Asked for and not finished; until it succeeds everything stays as it is. */
  readonly change?: SubtitleChange
  /** What became of the last edit; absent: there was none. */
  readonly lastEdit?: 'succeeded' | 'failed'
  /** What could not be, for people. */
  readonly note?: string
}

export type SubtitleChange =
  /** The text tracks of the source. */
  { readonly type: 'extract' } | SubtitleEdit

export interface SubtitleEdit {
  readonly type: 'edit'
  readonly add: readonly AddedSubtitle[]
  readonly remove: readonly SubtitleName[]
  /** Whether what is added, or removed, also changes the outputs that are there. */
  readonly attaches: boolean
  readonly detaches: boolean
  readonly defaultLanguage?: string
}

/** A file in a tenant's bucket, in the version that the call saw. */
export interface AddedSubtitle extends SubtitleName {
  readonly object: AssetSource
}

export const NO_SUBTITLES: Subtitles = { tracks: [], nextId: 1 }

/** Far more than there are languages that anybody chooses from. */
export const MOST_SUBTITLES = 64

/** The canonical form; `undefined`: it is none. */
export const parseLanguage = (text: string): string | undefined => {
  try {
    return Intl.getCanonicalLocales(text)[0]
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

export const isNamed =
  ({ type, language }: SubtitleName) =>
  (other: SubtitleName): boolean =>
    other.type === type && other.language === language

/** Those that the asset has: what `base_info` lists. */
export const listedSubtitles = (subtitles: Subtitles | undefined): readonly Subtitle[] =>
  (subtitles?.tracks ?? []).filter(({ shown }) => shown !== 'still')

export type MadeSubtitle = Omit<Subtitle, 'id' | 'shown'>

type Change = Exclude<SubtitleChange, SubtitleEdit> | Omit<SubtitleEdit, 'add'>

/** What a change makes of the subtitles, once its files are there. One of the same language and type is replaced by an edit. */
export const changedSubtitles = (
  { tracks, nextId, defaultLanguage, lastEdit, extracted }: Subtitles,
  change: Change,
  made: readonly MadeSubtitle[],
): Subtitles => {
  const edit = change.type === 'edit' ? change : undefined
  const shown = edit?.attaches === false ? 'later' : 'now'
  const added = made.map((one, n): Subtitle => ({ ...one, id: nextId + n, shown }))
  const kept = tracks.flatMap((track): Subtitle | readonly [] => {
    const isRemoved = edit?.remove.some(isNamed(track)) ?? false
    const isReplaced = edit !== undefined && made.some(isNamed(track))
    if (!isRemoved && !isReplaced) return track
    // What replaces it and is not attached leaves the outputs as they are.
    const stays = isRemoved ? edit?.detaches === false : shown === 'later'
    return stays && track.shown !== 'later' ? { ...track, shown: 'still' } : []
  })
  const all = [...kept, ...added]
  const wanted = edit?.defaultLanguage ?? defaultLanguage
  const isThere = all.some(({ language }) => language === wanted)
  return {
    tracks: all,
    nextId: nextId + made.length,
    ...((extracted || change.type === 'extract') && { extracted: true as const }),
    ...(wanted !== undefined && isThere && { defaultLanguage: wanted }),
    ...(edit ? { lastEdit: 'succeeded' as const } : lastEdit && { lastEdit }),
  }
}

/** A transcode makes the outputs anew: now they show what the asset has. */
export const subtitlesOfNewOutputs = (subtitles: Subtitles): Subtitles => ({
  ...subtitles,
  tracks: listedSubtitles(subtitles).map((track) => ({ ...track, shown: 'now' })),
})

/** The subtitles without the change that was asked for, which did not come about; `note` says why. */
export const unchangedSubtitles = ({ change, ...settled }: Subtitles, note: string): Subtitles => ({
  ...settled,
  ...(change?.type === 'edit' && { lastEdit: 'failed' as const }),
  note,
})

const OBJECT = /^([0-9a-f]{32})_subtitle\.(?:vtt|m3u8)$/

/** Below the play folder: the text, and the playlist of it for HLS. Never overwritten. */
export const subtitleFile = (file: string): string => `${file}_subtitle.vtt`
export const subtitlePlaylistFile = (file: string): string => `${file}_subtitle.m3u8`

/** Whether a name below the play folder is an object of these subtitles. */
export const isSubtitleObject = (subtitles: Subtitles | undefined, name: string): boolean => {
  const [, file] = OBJECT.exec(name) ?? []
  return file !== undefined && subtitles?.tracks.some((track) => track.file === file) === true
}

/** Below the asset. */
export const subtitlePath = ({ file }: Pick<Subtitle, 'file'>): string => PLAY_FOLDER + subtitleFile(file)

/** Those that the indexes show, as these name them. */
export const shownSubtitles = (subtitles: Subtitles | undefined, durationMs: number) => {
  const names = new Map<string, number>()
  let hasDefault = false
  return (subtitles?.tracks ?? [])
    .filter(({ shown }) => shown !== 'later')
    .map(({ file, language, title, sizeBytes }) => {
      const name = title ?? languageName(language)
      const same = (names.get(name) ?? 0) + 1
      names.set(name, same)
      const isDefault: boolean = !hasDefault && language === subtitles?.defaultLanguage
      hasDefault ||= isDefault
      return {
        name: same === 1 ? name : `${name} (${same})`,
        ...{ language, isDefault, file: subtitleFile(file), playlist: subtitlePlaylistFile(file) },
        bandwidth: Math.max(1, Math.ceil((sizeBytes * 8000) / Math.max(durationMs, 1))),
      }
    })
}

/** In its own words, as viewers of it look for it. */
const languageName = (language: string): string =>
  language === 'und' ? 'Subtitles' : (new Intl.DisplayNames([language], { type: 'language' }).of(language) ?? language)
