import type { Asset } from '../catalog/asset.ts'
import type { FoundWord, ReviewScene, SceneScores } from '../catalog/review.ts'

/** Looks for words that somebody listed. */
export interface WordFinder {
  /** In these texts together, each word once per scene. `lost`: spaces may be missing, as in what was read from a picture. */
  find(texts: readonly string[], spaces?: 'kept' | 'lost'): Promise<readonly FoundWord[]>
}

/** Something that sees what is in a picture. */
export interface PictureEngine {
  readonly scenes: readonly ReviewScene[]
  /** The longest side, in pixels, that pictures should have for it; absent: what is usual will do. */
  readonly pictureSide?: number
  /** For one review. */
  open(signal: AbortSignal): Promise<PictureLook>
}

export interface PictureLook extends AsyncDisposable {
  /**
   * What is seen in each of these JPEGs, eight at most, in their order: scores of every scene that is asked for. Throws `PermanentFailure` or
   * `SuspectFailure` when it cannot say.
   */
  look(pictures: readonly Picture[], request: LookRequest): Promise<readonly SceneScores[]>
}

/** Something that reads what is written in a picture. */
export interface TextReader {
  /** As of engines. */
  readonly pictureSide: number
  /** For one review. */
  open(signal: AbortSignal): Promise<TextLook>
}

export interface TextLook extends AsyncDisposable {
  /** The lines in a JPEG. Throws `SuspectFailure` when it cannot say. */
  read(jpeg: Uint8Array, signal: AbortSignal): Promise<readonly ReadLine[]>
}

export interface ReadLine {
  readonly text: string
  /** 0 to 1. */
  readonly confidence: number
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
