import type { Asset } from './asset.ts'

/** Whether its storyboard is made behind its streams: a remux takes hardly longer than a copy, and decoding pictures beside it doubles that. */
export const hasLateStoryboard = ({ transcodeSettings, storyboardSheets }: Asset): boolean =>
  transcodeSettings?.remux === true && storyboardSheets === undefined
