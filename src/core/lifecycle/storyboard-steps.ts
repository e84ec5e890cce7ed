import { type Asset, isTranscoding } from '../catalog/asset.ts'
import { hasLateStoryboard } from '../catalog/late-storyboard.ts'
import type { StepStart } from './clean-up-steps.ts'

const STORYBOARD: readonly StepStart[] = [{ step: 'storyboard' }]

/** With the source in place, unless it comes behind streams that are on their way. */
export const earlyStoryboardOf = (asset: Asset): readonly StepStart[] =>
  !asset.media?.video || (isTranscoding(asset) && hasLateStoryboard(asset)) ? [] : STORYBOARD

/** A transcode that was to bring its streams has ended, whichever way. */
export const lateStoryboardOf = (asset: Asset): readonly StepStart[] =>
  asset.media?.video && hasLateStoryboard(asset) ? STORYBOARD : []
