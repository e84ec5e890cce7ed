import type { ByteRange } from '../shared/object-store.ts'
import { PlaylistDefect } from './playlist-defect.ts'

/** What counts of a playlist; comments and empty lines do not. */
export type PlaylistLine =
  | { readonly type: 'tag'; readonly name: string; readonly value: string }
  | { readonly type: 'uri'; readonly uri: string }

/** A part of an object that a playlist names; without a range the whole. */
export interface PlaylistPiece {
  /** Below the folder of the stream. */
  readonly path: string
  readonly range?: ByteRange
}

const MAX_LINES = 200_000

/** Tags that make players read what stands elsewhere, or that only streams have which are not finished. */
const REFUSED: ReadonlyMap<string, string> = new Map([
  ['EXT-X-SESSION-KEY', 'it is encrypted'],
  ['EXT-X-CONTENT-STEERING', 'it is steered from elsewhere'],
  ['EXT-X-DEFINE', 'it has variables'],
  ['EXT-X-GAP', 'segments of it are missing'],
  ...['PART', 'PART-INF', 'PRELOAD-HINT', 'RENDITION-REPORT', 'SERVER-CONTROL', 'SKIP'].map(
    (name) => [`EXT-X-${name}`, 'it is live'] as const,
  ),
])

/** Of these the addresses are read and checked. */
const WITH_ADDRESS: ReadonlySet<string> = new Set([
  ...['EXTINF', 'EXT-X-KEY', 'EXT-X-MAP', 'EXT-X-MEDIA', 'EXT-X-STREAM-INF', 'EXT-X-I-FRAME-STREAM-INF'],
])

/** Takes a playlist apart (RFC 8216, section 4.1). Throws `PlaylistDefect`. */
export const playlistLines = (text: string, mostLines = MAX_LINES): readonly PlaylistLine[] => {
  const lines = text.split(/\r?\n/)
  if (lines[0]?.trimEnd() !== '#EXTM3U') throw new PlaylistDefect('it does not begin with #EXTM3U')
  if (lines.length > mostLines) throw new PlaylistDefect(`it has more than ${mostLines} lines`)
  return lines.slice(1).flatMap((line): PlaylistLine | readonly [] => {
    const content = line.trimEnd()
    if (content === '' || (content.startsWith('#') && !content.startsWith('#EXT'))) return []
    if (!content.startsWith('#')) return { type: 'uri', uri: content }
    const [, name = '', value = ''] = /^#(EXT[A-Za-z0-9-]*)(?::(.*))?$/.exec(content) ?? []
    checkTag(name, value)
    return { type: 'tag', name, value }
  })
}

const checkTag = (name: string, value: string): void => {
  if (name === '') throw new PlaylistDefect('it has a tag that cannot be read')
  const refused = REFUSED.get(name)
  if (refused !== undefined) throw new PlaylistDefect(`${refused} (#${name})`)
  // Players may know what we do not: whatever could be an address of it would be fetched unseen.
  if (!WITH_ADDRESS.has(name) && /URI|URL|ASSET|:\/\//i.test(value)) {
    throw new PlaylistDefect(`its tag #${name} may lead elsewhere`)
  }
}

const ATTRIBUTE = /\s*([A-Z0-9-]{1,64})=(?:"([^"]*)"|([^",\s]+))\s*(?:,|$)/y

/** The attributes of a tag, quoted or not. Throws `PlaylistDefect` when one cannot be read, or stands there twice. */
export const attributesOf = (name: string, value: string): ReadonlyMap<string, string> => {
  const attributes = new Map<string, string>()
  const pattern = new RegExp(ATTRIBUTE)
  while (pattern.lastIndex < value.length) {
    const [, key = '', quoted, plain] = pattern.exec(value) ?? []
    if (key === '' || attributes.has(key)) throw new PlaylistDefect(`the attributes of #${name} cannot be read`)
    attributes.set(key, quoted ?? plain ?? '')
  }
  return attributes
}

/** `n` or `n@o`: so many bytes from there, or from where the last range of the same object ended. */
export const rangeOf = (text: string, follows: number | undefined): ByteRange => {
  const [, length, offset] = /^(\d{1,15})(?:@(\d{1,15}))?$/.exec(text) ?? []
  const start = offset === undefined ? follows : Number(offset)
  if (length === undefined || Number(length) === 0 || start === undefined) {
    throw new PlaylistDefect(`the byte range ${text.slice(0, 40)} cannot be read`)
  }
  return { start, end: start + Number(length) - 1 }
}

const MAX_URI_LENGTH = 2048

/**
 * The path below the stream's folder that an address in a playlist of `folder` (empty, or ends in a slash) means. Only plain
 * relative ones: no scheme, no host, no way up, no query. Throws `PlaylistDefect`.
 */
export const pathOf = (uri: string, folder: string): string => {
  const shown = JSON.stringify(uri.slice(0, 100))
  if (uri.length > MAX_URI_LENGTH) throw new PlaylistDefect(`the address ${shown} is too long`)
  if (uri === '' || /^[a-z][a-z0-9+.-]*:|^\/|[\\?#]/i.test(uri)) {
    throw new PlaylistDefect(`the address ${shown} is not a plain path beside the playlist`)
  }
  const parts = uri.split('/').filter((part) => part !== '.')
  const names = parts.map(decoded)
  // A slash or a way up may be hidden in an escape.
  if (names.length === 0 || names.some((name) => name === undefined || !isName(name))) {
    throw new PlaylistDefect(`the address ${shown} leads out of the playlist's folder or cannot be read`)
  }
  return folder + names.join('/')
}

const isName = (name: string): boolean =>
  name !== '' && name !== '.' && name !== '..' && !/[/\\\p{Cc}]/u.test(name) && name.isWellFormed()

const decoded = (part: string): string | undefined => {
  try {
    return decodeURIComponent(part)
  } catch {
    return undefined
  }
}
