import type { SourceMedia, SourceVideo } from '../catalog/media.ts'
import type { StillShape } from '../catalog/snapshots.ts'

/** Snapshots to be made, settled. */
export interface SnapshotPlan {
  readonly media: SourceMedia & { readonly video: SourceVideo }
  /** Whole seconds, ascending, each once. */
  readonly offsets: readonly number[]
  readonly shape: StillShape
  readonly maxSide: number
}

export interface KeyframePlan {
  readonly media: SourceMedia & { readonly video: SourceVideo }
  readonly intervalSeconds: number
  /** At most so many. */
  readonly pictures: number
  readonly maxSide: number
}

export interface StoryboardPlan {
  readonly media: SourceMedia & { readonly video: SourceVideo }
  readonly picture: StillSize
  /** From one picture to the next. */
  readonly spacingSeconds: number
  /** At most so many; fewer where the picture ends before the sound. */
  readonly pictures: number
  readonly columns: number
  readonly rows: number
}

export interface StillSize {
  readonly width: number
  readonly height: number
}

/** What a snapshot has where no size is asked for: films of more are rare, and such pictures would be megabytes each. */
export const DEFAULT_SNAPSHOT_SIDE = 4096

const STORYBOARD_SIDE = 160
const [COLUMNS, ROWS] = [5, 5]
/** Ten sheets; of a film of two hours a picture every half minute. */
const MAX_PICTURES = 250
const LEAST_SPACING_SECONDS = 2

export const planStoryboard = (media: StoryboardPlan['media']): StoryboardPlan => {
  const seconds = media.durationMs / 1000
  const spacingSeconds = Math.max(LEAST_SPACING_SECONDS, Math.ceil(seconds / MAX_PICTURES))
  return {
    media,
    picture: evenPicture(stillSize(media.video, { maxSide: STORYBOARD_SIDE, shape: 'source' }).picture),
    spacingSeconds,
    pictures: Math.max(1, Math.ceil(seconds / spacingSeconds)),
    columns: COLUMNS,
    rows: ROWS,
  }
}

/** 4:2:0 has no odd sizes. */
const evenPicture = ({ width, height }: StillSize): StillSize => ({
  width: Math.max(2, 2 * Math.round(width / 2)),
  height: Math.max(2, 2 * Math.round(height / 2)),
})

interface Fit {
  readonly maxSide: number
  readonly shape: StillShape
}

/**
 * The picture never larger than the film, and its longest side, bars included, never above the limit. `canvas`: the picture
 * with its bars, exactly 16:9 as far as even sizes can be.
 */
export const stillSize = (
  { width, height }: Pick<SourceVideo, 'width' | 'height'>,
  { maxSide, shape }: Fit,
): { readonly picture: StillSize; readonly canvas?: StillSize } => {
  if (shape === 'source') {
    const scale = Math.min(1, maxSide / Math.max(width, height))
    return { picture: { width: Math.round(width * scale) || 1, height: Math.round(height * scale) || 1 } }
  }
  const across = Math.min(maxSide, Math.max(width, (height * 16) / 9))
  const canvas = {
    width: Math.max(2, 2 * Math.floor(across / 2)),
    height: Math.max(2, 2 * Math.round((across * 9) / 32)),
  }
  const scale = Math.min(1, canvas.width / width, canvas.height / height)
  return {
    canvas,
    picture: {
      width: Math.min(canvas.width, Math.round(width * scale) || 1),
      height: Math.min(canvas.height, Math.round(height * scale) || 1),
    },
  }
}
