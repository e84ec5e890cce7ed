import type { Cue } from '../../core/packaging/cue.ts'
import { cueText } from '../../core/packaging/cue-text.ts'
import { settingsIn } from '../../core/packaging/parse-subtitles.ts'

/** Of a time before 0 each part has a sign, e.g. `00:-1.-500`. */
const TIME = String.raw`(?:(\d+):)?(-?\d+):(-?\d+)\.(-?\d+)`
const TIMES = new RegExp(`^${TIME} --> ${TIME}(?: (.*))?$`)

/**
 * The cues of a track, from the WebVTT that FFmpeg writes of it: without a check, and so with whatever the track holds, arrows within texts, cues
 * without length, control characters. One cue that nobody can see must not cost the others, so those are left out that have no length, no
 * text, or end before the picture begins.
 */
export const extractedCues = (vtt: Uint8Array): readonly Cue[] => {
  const cues: (Omit<Cue, 'text'> & { readonly lines: string[] })[] = []
  let before = ''
  for (const line of new TextDecoder().decode(vtt).split('\n')) {
    const times = TIMES.exec(line)
    // An empty line stands before each cue; where there is none, its name does.
    if (times && before !== '') cues.at(-1)?.lines.pop()
    if (times) cues.push({ ...timesIn(times), settings: settingsIn(times[9] ?? ''), lines: [] })
    else cues.at(-1)?.lines.push(line.replace(CONTROLS, ''))
    before = line
  }
  return cues
    .map(({ lines, ...cue }): Cue => ({ ...cue, text: cueText(lines.join('\n')) }))
    .filter(({ startMs, endMs, text }) => startMs < endMs && text !== '')
    .toSorted((one, other) => one.startMs - other.startMs || one.endMs - other.endMs)
}

const CONTROLS = /[^\P{Cc}\t]/gu

const timesIn = (parts: readonly string[]): Pick<Cue, 'startMs' | 'endMs'> => ({
  startMs: Math.max(0, milliseconds(parts.slice(1, 5))),
  endMs: milliseconds(parts.slice(5, 9)),
})

const milliseconds = ([hours = '0', minutes = '0', seconds = '0', rest = '0']: readonly string[]): number =>
  ((Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds)) * 1000 + Number(rest)
