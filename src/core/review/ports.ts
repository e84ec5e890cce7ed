import type { Asset } from '../catalog/asset.ts'
import type { ReviewScene, SceneScores, WordScene } from '../catalog/review.ts'

/** Looks for words that somebody listed. */
export interface WordFinder {
  /** In these texts together, each word once per scene. */
  find(texts: readonly string[]): Promise<readonly FoundWord[]>
}

export interface FoundWord {
  readonly scene: WordScene
  readonly word: string
  readonly level: 'review' | 'block'
}

/** Something that sees what is in a picture. */
export interface PictureEngine {
  readonly scenes: readonly ReviewScene[]
  /** For one review. */
  open(): Promise<PictureLook>
}

export interface PictureLook extends AsyncDisposable {
  /**
   * What is seen in each of these JPEGs, eight at most, in their order: scores of every scene that is asked for. Throws `PermanentFailure` or
   * `SuspectFailure` when it cannot say.
   */
  look(pictures: readonly Picture[], request: LookRequest): Promise<readonly SceneScores[]>
}

export interface Picture {
  /** Seconds into the film. */
  readonly offset: number
  readonly jpeg: Uint8Array
}

export interface LookRequest {
  readonly asset: Pick<Asset, 'id' | 'projectId'>
  /** Of the engine's own. */
  readonly scenes: readonly ReviewScene[]
  readonly signal: AbortSignal
}

/** Takes pictures out of a film. */
export type TakeFrames = (asset: Asset, wish: FrameWish) => Promise<void>

export interface FrameWish {
  readonly intervalSeconds: number
  /** Longest side of a picture in pixels. */
  readonly maxSide: number
  readonly signal: AbortSignal
  /** The next one is taken when this one is done with. May begin anew, at 0. */
  readonly consume: (offset: number, jpeg: Uint8Array) => Promise<void>
  readonly onProgress: (share: number) => void
}
