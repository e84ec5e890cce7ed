import { attributes, escapedXml } from './xml.ts'

/** Subtitles as an index names them. */
export interface IndexSubtitle {
  /** For people; no two of an index have the same. */
  readonly name: string
  /** BCP 47; `und`: nobody knows. */
  readonly language: string
  /** Shown unless the viewer wants none. */
  readonly isDefault: boolean
  /** Names beside the index: the one file (DASH), and the playlist of it (HLS). */
  readonly file: string
  readonly playlist: string
  /** Bits per second. */
  readonly bandwidth: number
}

/** An index of ours, of HLS or DASH, together with subtitles. */
export const addSubtitles = (text: string, subtitles: readonly IndexSubtitle[]): string => {
  if (subtitles.length === 0) return text
  return text.startsWith('#EXTM3U') ? toMaster(text, subtitles) : toManifest(text, subtitles)
}

const VARIANT = '#EXT-X-STREAM-INF:'
const GROUP = 'subtitles'

const toMaster = (text: string, subtitles: readonly IndexSubtitle[]): string => {
  const lines = text.split('\n')
  const first = lines.findIndex((line) => line.startsWith(VARIANT))
  const variants = lines.slice(first).map((line) => (line.startsWith(VARIANT) ? `${line},SUBTITLES="${GROUP}"` : line))
  return first === -1 ? text : [...lines.slice(0, first), ...subtitles.map(mediaLine), ...variants].join('\n')
}

const mediaLine = (
  { name, language, isDefault, playlist }: IndexSubtitle,
  n: number,
  all: readonly IndexSubtitle[],
): string => {
  // Players may choose one of each language by themselves: no two that they may should say the same of themselves (RFC 8216, 4.3.4.1.1).
  const isFirst = all.findIndex((one) => one.language === language) === n
  return [
    `#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="${GROUP}"`,
    ...(language === 'und' ? [] : [`LANGUAGE="${language}"`]),
    // A quoted string can hold anything but these.
    `NAME="${name.replaceAll('"', "'").replace(/\p{Cc}/gu, ' ')}"`,
    `DEFAULT=${isDefault ? 'YES' : 'NO'},AUTOSELECT=${isFirst ? 'YES' : 'NO'},FORCED=NO,URI="${playlist}"`,
  ].join(',')
}

const PERIOD_END = '</Period>'

const toManifest = (text: string, subtitles: readonly IndexSubtitle[]): string => {
  const lines = text.split('\n')
  const end = lines.indexOf(PERIOD_END)
  const ids = lines.flatMap((line) => /^<AdaptationSet id="(\d+)"/.exec(line)?.[1] ?? []).map(Number)
  const firstId = Math.max(-1, ...ids) + 1
  const sets = subtitles.flatMap((subtitle, n) => adaptationSet(subtitle, firstId + n))
  return end === -1 ? text : [...lines.slice(0, end), ...sets, ...lines.slice(end)].join('\n')
}

const adaptationSet = (subtitle: IndexSubtitle, id: number): readonly string[] => {
  const { name, language, isDefault, file, bandwidth } = subtitle
  const kind = { id, contentType: 'text', mimeType: 'text/vtt', lang: language }
  const roles = ['subtitle', ...(isDefault ? ['main'] : [])]
  return [
    `<AdaptationSet${attributes(kind)}>`,
    `<Label>${escapedXml(name)}</Label>`,
    ...roles.map((value) => `<Role schemeIdUri="urn:mpeg:dash:role:2011" value="${value}"/>`),
    `<Representation${attributes({ id: file.replace(/\.\w+$/, ''), bandwidth })}><BaseURL>${file}</BaseURL></Representation>`,
    '</AdaptationSet>',
  ]
}
