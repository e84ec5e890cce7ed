import type { SourceVideo } from '../catalog/media.ts'
import type { VideoRung } from './encode-plan.ts'

const MAX_FRAME_RATE = 60
const DEFAULT_FRAME_RATE = 25

type Frames = Pick<VideoRung, 'frameRate' | 'frames'>

/**
 * Above the cap every second, third, ... frame stays, so that motion stays even; cameras count a little off, hence the twentieth.
 * Of a variable rate only the cap is fixed: its bursts may be far above its average. A wanted rate is a cap of its own; 0 and 1: none is wanted.
 */
export const chooseFrames = ({ variableFrameRate, frameRate }: SourceVideo, rate: number): Frames => {
  const wanted = rate > 1 ? rate : 0
  if (variableFrameRate) {
    return { frameRate: wanted > 0 ? Math.min(wanted, MAX_FRAME_RATE) : MAX_FRAME_RATE, frames: { keep: 'spaced' } }
  }
  if (!Number.isFinite(frameRate) || frameRate <= 0) return { frameRate: DEFAULT_FRAME_RATE, frames: { keep: 'all' } }
  if (wanted >= frameRate) return { frameRate, frames: { keep: 'all' } }
  if (wanted > 0) return { frameRate: wanted, frames: { keep: 'rate' } }
  const step = Math.ceil(frameRate / (MAX_FRAME_RATE * 1.05))
  return { frameRate: frameRate / step, frames: step > 1 ? { keep: 'every', step } : { keep: 'all' } }
}
