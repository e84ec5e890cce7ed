/** What pictures are looked through for. */
export const REVIEW_SCENES = ['porn', 'terrorism', 'politics'] as const
export type ReviewScene = (typeof REVIEW_SCENES)[number]

/** What words are looked for; there is no threshold for words. */
export const WORD_SCENES = ['porn', 'politics', 'abuse'] as const
export type WordScene = (typeof WORD_SCENES)[number]

/** What a review template says; an asset keeps a copy of what it said when the review was asked for. */
export interface ReviewSettings {
  /** From one picture of the film to the next. */
  readonly intervalSeconds: number
  /** 0 to 100 for each scene; 0: pictures are not looked through for it. */
  readonly thresholds: Readonly<Record<ReviewScene, number>>
  /** Whether an asset is published when its review, or a person, passes it. */
  readonly publishOnPass: boolean
}

/** A review that was asked for. */
export interface ReviewOrder {
  /** 32 hex digits, fresh for every one. */
  readonly task: string
  readonly templateId: string
  readonly settings: ReviewSettings
}

/**
 * The review of an asset; an asset that was never reviewed has none. There is one at a time. `wanted`: it begins when the source is in
 * place. `blocked`: by a person, and until a person passes it; no review says so.
 */
export type Review =
  | { readonly state: 'wanted'; readonly order: ReviewOrder }
  /** `awaitsSubtitles`: those that are on their way are to be looked through, too. */
  | { readonly state: 'running'; readonly order: ReviewOrder; readonly awaitsSubtitles?: true }
  | { readonly state: 'failed'; readonly order: ReviewOrder; readonly reason: string }
  | ReviewEnd

export interface ReviewEnd {
  readonly state: 'passed' | 'suspicious' | 'blocked'
  /** Absent: a person decided without a review. */
  readonly order?: ReviewOrder
  readonly pictures?: ReviewPictures
  /** Absent: nobody has decided yet but the review itself. */
  readonly judgement?: Judgement
}

/** Pictures that were looked at, at 0, one interval, two intervals, ... */
export interface ReviewPictures {
  /** The try that made them, after which their objects are named. */
  readonly run: string
  readonly count: number
}

/** What a person decided. */
export interface Judgement {
  readonly by: string
  readonly note?: string
}

export type Suggestion = 'pass' | 'review' | 'block'

/** What a review found. Holds paths instead of URLs. */
export interface ReviewReport {
  readonly suggestion: Suggestion
  /** Of all words, those in pictures, too. */
  readonly text: TextReport
  /** None or one: an asset has at most one cover. */
  readonly cover: readonly PictureReport[]
  /** In the order of the film. */
  readonly video: readonly PictureReport[]
  /** Scenes that were asked for and that nothing can look for. */
  readonly unseen: readonly ReviewScene[]
}

export interface TextReport {
  readonly suggestion: Suggestion
  /** As they were looked for; a scene without hits is absent. */
  readonly words: Readonly<Partial<Record<WordScene, readonly string[]>>>
}

export interface FoundWord {
  readonly scene: WordScene
  readonly word: string
  readonly level: 'review' | 'block'
}

export interface PictureReport {
  readonly suggestion: Suggestion
  /** Seconds into the film; 0 for a cover. */
  readonly offset: number
  /** Of what was looked for: what was seen, the likeliest first. */
  readonly scores: SceneScores
  /** Read in it; absent where there are none, and of reviews before pictures were read. */
  readonly words?: readonly ReadWord[]
}

export interface ReadWord extends FoundWord {
  /** That it was read right, 0 to 1. */
  readonly confidence: number
}

export type SceneScores = Readonly<Partial<Record<ReviewScene, readonly Score[]>>>

export interface Score {
  /** What it is, in lower case; `normal`: nothing of the kind. */
  readonly label: string
  /** 0 to 1. */
  readonly confidence: number
}

export const isReviewing = (asset: { readonly review?: Review }): boolean => asset.review?.state === 'running'

/** Seconds of the pictures that are shown of a review that ended. */
export const reviewedOffsets = (review: Review | undefined): readonly number[] => {
  if (!review || !('pictures' in review) || !review.pictures || !review.order) return []
  const { intervalSeconds } = review.order.settings
  return Array.from({ length: review.pictures.count }, (_, n) => n * intervalSeconds)
}
