import { addSubtitles, type IndexSubtitle } from './add-subtitles.ts'
import { keepRepresentations } from './keep-representations.ts'
import { keepVariants } from './keep-variants.ts'

/** What an index shows: which outputs, by what it calls them (playlist, or track), and which subtitles. */
export interface Shown {
  readonly isKept: (name: string) => boolean
  readonly subtitles: readonly IndexSubtitle[]
}

/** An index of ours, of HLS or DASH, as it was stored by a transcode, with no other outputs than these, and with these subtitles. */
export const presentIndex = (text: string, { isKept, subtitles }: Shown): string => {
  const kept = text.startsWith('#EXTM3U') ? keepVariants(text, isKept) : keepRepresentations(text, isKept)
  return addSubtitles(kept, subtitles)
}
