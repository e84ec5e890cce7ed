import { keepRepresentations } from './keep-representations.ts'
import { keepVariants } from './keep-variants.ts'

/** An index of ours, of HLS or DASH, with no other outputs than these, by what it calls them: playlist, or track. */
export const presentIndex = (text: string, isKept: (name: string) => boolean): string =>
  text.startsWith('#EXTM3U') ? keepVariants(text, isKept) : keepRepresentations(text, isKept)
