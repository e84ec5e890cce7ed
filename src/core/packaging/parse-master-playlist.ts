import { PlaylistDefect } from './playlist-defect.ts'
import { attributesOf, type PlaylistLine, pathOf } from './playlist-lines.ts'

/** A playlist of playlists. */
export interface ParsedMaster {
  readonly type: 'master'
  /** Each path once, in order. */
  readonly variants: readonly ParsedVariant[]
  /**
   * Playlists beside the variants: other sound, pictures, subtitles, keyframes for seeking. Each path once; those that players choose by
   * themselves come first.
   */
  readonly companions: readonly ParsedCompanion[]
}

export interface ParsedVariant {
  readonly path: string
  /** Bits per second, as declared. */
  readonly bandwidth: number
  /** Sound that lies apart. */
  readonly audioGroup?: string
}

export interface ParsedCompanion {
  readonly kind: 'audio' | 'video' | 'subtitles' | 'keyframes'
  readonly path: string
  readonly group?: string
}

/** Every one of them is fetched and read. */
const MAX_PLAYLISTS = 32

const KINDS: ReadonlyMap<string, ParsedCompanion['kind']> = new Map([
  ['AUDIO', 'audio'],
  ['VIDEO', 'video'],
  ['SUBTITLES', 'subtitles'],
])

export const parseMaster = (lines: readonly PlaylistLine[], folder: string): ParsedMaster => {
  const variants = new Map<string, ParsedVariant>()
  const companions = new Map<string, ParsedCompanion>()
  const defaults = new Set<string>()
  const add = <T extends { readonly path: string }>(to: Map<string, T>, one: T): void => {
    if (!to.has(one.path)) to.set(one.path, one)
    if (variants.size + companions.size > MAX_PLAYLISTS) {
      throw new PlaylistDefect(`it names more than ${MAX_PLAYLISTS} playlists`)
    }
  }
  let announced: Omit<ParsedVariant, 'path'> | undefined
  for (const line of lines) {
    if (line.type === 'uri') {
      if (!announced) throw new PlaylistDefect('it names a playlist without #EXT-X-STREAM-INF')
      add(variants, { path: pathOf(line.uri, folder), ...announced })
      announced = undefined
      continue
    }
    if (announced) throw new PlaylistDefect('an #EXT-X-STREAM-INF is not followed by an address')
    if (line.name === 'EXT-X-STREAM-INF') announced = variantOf(line.value)
    const companion = companionOf(line, folder)
    if (companion) add(companions, companion)
    if (companion && isDefault(line)) defaults.add(companion.path)
    if (line.name === 'EXTINF') throw new PlaylistDefect('it names both playlists and segments')
  }
  if (announced || variants.size === 0) throw new PlaylistDefect('it names no playlist to play')
  const beside = [...companions.values()].toSorted((one, other) => rank(defaults, one) - rank(defaults, other))
  return { type: 'master', variants: [...variants.values()], companions: beside }
}

const isDefault = ({ name, value }: TagLine): boolean => attributesOf(name, value).get('DEFAULT') === 'YES'

const rank = (defaults: ReadonlySet<string>, { path }: ParsedCompanion): number => (defaults.has(path) ? 0 : 1)

type TagLine = Extract<PlaylistLine, { type: 'tag' }>

const variantOf = (value: string): Omit<ParsedVariant, 'path'> => {
  const attributes = attributesOf('EXT-X-STREAM-INF', value)
  const bandwidth = /^\d{1,12}$/.exec(attributes.get('BANDWIDTH') ?? '')?.[0]
  if (bandwidth === undefined) throw new PlaylistDefect('an #EXT-X-STREAM-INF has no BANDWIDTH')
  const audioGroup = attributes.get('AUDIO')
  return { bandwidth: Number(bandwidth), ...(audioGroup !== undefined && { audioGroup }) }
}

const companionOf = ({ name, value }: TagLine, folder: string): ParsedCompanion | undefined => {
  if (name !== 'EXT-X-MEDIA' && name !== 'EXT-X-I-FRAME-STREAM-INF') return undefined
  const attributes = attributesOf(name, value)
  const uri = attributes.get('URI')
  if (name === 'EXT-X-I-FRAME-STREAM-INF') {
    if (uri === undefined) throw new PlaylistDefect(`a #${name} has no URI`)
    return { kind: 'keyframes', path: pathOf(uri, folder) }
  }
  // Without an address it lies in the variants themselves, as closed captions always do.
  if (uri === undefined) return undefined
  const kind = KINDS.get(attributes.get('TYPE') ?? '')
  if (!kind) throw new PlaylistDefect('an #EXT-X-MEDIA has an address and no known TYPE')
  const group = attributes.get('GROUP-ID')
  return { kind, path: pathOf(uri, folder), ...(group !== undefined && { group }) }
}
