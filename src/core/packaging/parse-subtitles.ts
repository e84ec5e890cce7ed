import { type Cue, SubtitleDefect } from './cue.ts'
import { cueText } from './cue-text.ts'

export type SubtitleForm = 'SRT' | 'VTT'

/** More than a film of a day with a cue each second, of several lines each: whoever reads a file has other work to answer for. */
const [MOST_CUES, MOST_LINES] = [100_000, 500_000]

/**
 * The cues of an SRT or WebVTT file, by their beginnings. Strict about times, because a cue that is left out in silence is found by viewers
 * only; lenient about what films never depend on: numbers, empty lines within a cue, styles and regions. Throws `SubtitleDefect`, which names the
 * line.
 */
export const parseSubtitles = (text: string, form: SubtitleForm): readonly Cue[] => {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/, MOST_LINES + 1)
  if (lines.length > MOST_LINES) throw new SubtitleDefect(`has more than ${MOST_LINES} lines`)
  requireForm(lines[0] ?? '', form)
  const blocks = blocksOf(lines).slice(form === 'VTT' ? 1 : 0)
  const cues: TimedLines[] = []
  for (const block of blocks) {
    const [first = ''] = block.lines
    if (form === 'VTT' && /^(?:NOTE|STYLE|REGION)(?:\s|$)/.test(first)) continue
    const cue = parseBlock(block, form)
    const last = cues.at(-1)
    if (cue) cues.push(cue)
    // A cue whose text has an empty line goes on behind it.
    else if (last) for (const line of block.lines) last.lines.push(line)
    else throw defect(block.at, `expected the times of a cue, found ${shown(first)}`)
    if (cues.length > MOST_CUES) throw new SubtitleDefect(`has more than ${MOST_CUES} cues`)
  }
  const visible = cues
    .map(({ lines, ...times }): Cue => ({ ...times, text: cueText(lines.join('\n')) }))
    .filter((cue) => cue.text !== '')
  if (visible.length === 0) throw new SubtitleDefect('has no cue with a text')
  return visible.toSorted((one, other) => one.startMs - other.startMs || one.endMs - other.endMs)
}

const requireForm = (first: string, form: SubtitleForm): void => {
  const isVtt = /^WEBVTT(?:[ \t]|$)/.test(first)
  if (form === 'VTT' && !isVtt) throw defect(1, `WebVTT begins with WEBVTT, found ${shown(first)}`)
  if (form === 'SRT' && isVtt) throw defect(1, 'the file is WebVTT: its type is VTT')
}

interface Block {
  /** Line number of the first one, from 1. */
  readonly at: number
  readonly lines: readonly string[]
}

/** Lines between empty ones. */
const blocksOf = (lines: readonly string[]): readonly Block[] => {
  const blocks: { readonly at: number; readonly lines: string[] }[] = []
  for (const [n, line] of lines.entries()) {
    if (line.trim() === '') continue
    const isNew = n === 0 || lines[n - 1]?.trim() === ''
    if (isNew) blocks.push({ at: n + 1, lines: [line] })
    else blocks.at(-1)?.lines.push(line)
  }
  return blocks
}

interface TimedLines extends Omit<Cue, 'text'> {
  readonly lines: string[]
}

/** `undefined`: it is text alone. */
const parseBlock = ({ at, lines }: Block, form: SubtitleForm): TimedLines | undefined => {
  const marked = lines.findIndex((line) => line.includes('-->'))
  if (marked === -1) return
  // Before them there may be a number (SRT) or a name (WebVTT).
  if (marked > 1)
    throw defect(at + marked, 'the times of a cue stand within a text; an empty line is missing before it')
  const times = parseTimes(lines[marked] ?? '', form)
  if (typeof times === 'string') throw defect(at + marked, times)
  const second = lines.findIndex((line, n) => n > marked && line.includes('-->'))
  if (second !== -1)
    throw defect(at + second, 'the times of a cue stand within a text; an empty line is missing before it')
  return { ...times, lines: lines.slice(marked + 1) }
}

const TIME = String.raw`(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})`
const TIMES = new RegExp(String.raw`^\s*${TIME}\s*-->\s*${TIME}(.*)$`)

/** A text says what is wrong. */
const parseTimes = (line: string, form: SubtitleForm): Omit<Cue, 'text'> | string => {
  const parts = TIMES.exec(line)
  if (!parts)
    return `expected times such as 00:01:02${form === 'SRT' ? ',' : '.'}500 --> 00:01:04${form === 'SRT' ? ',' : '.'}000, found ${shown(line)}`
  const [startMs, endMs] = [milliseconds(parts.slice(1, 5)), milliseconds(parts.slice(5, 9))]
  if (startMs === undefined || endMs === undefined) return `minutes and seconds go up to 59, found ${shown(line)}`
  if (endMs <= startMs) return `the cue ends before it begins: ${shown(line)}`
  return { startMs, endMs, settings: form === 'VTT' ? settingsIn(parts[9] ?? '') : '' }
}

const milliseconds = ([hours = '0', minutes = '', seconds = '', fraction = '']: readonly string[]):
  | number
  | undefined =>
  Number(minutes) > 59 || Number(seconds) > 59
    ? undefined
    : ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(fraction.padEnd(3, '0'))

const PERCENT = String.raw`\d{1,3}(?:\.\d{1,6})?%`
const SETTING = new RegExp(
  [
    '^(?:vertical:(?:rl|lr)',
    String.raw`line:(?:-?\d{1,4}|${PERCENT})(?:,(?:start|center|end))?`,
    `position:${PERCENT}(?:,(?:line-left|center|line-right))?`,
    `size:${PERCENT}`,
    'align:(?:start|center|end|left|right))$',
  ].join('|'),
)

/** Those that players know; regions are left out with what defines them. */
export const settingsIn = (text: string): string =>
  text
    .split(/\s+/)
    .filter((setting) => SETTING.test(setting))
    .join(' ')

const defect = (line: number, what: string): SubtitleDefect =>
  new SubtitleDefect(`cannot be read at line ${line}: ${what}`)

const shown = (line: string): string => JSON.stringify(line.slice(0, 60))
