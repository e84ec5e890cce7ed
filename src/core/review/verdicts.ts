import {
  type FoundWord,
  type PictureReport,
  REVIEW_SCENES,
  type ReadWord,
  type ReviewReport,
  type ReviewScene,
  type ReviewSettings,
  type SceneScores,
  type Score,
  type Suggestion,
  type TextReport,
  WORD_SCENES,
} from '../catalog/review.ts'

/** The scenes that pictures are looked through for. */
export const scenesOf = ({ thresholds }: ReviewSettings): readonly ReviewScene[] =>
  REVIEW_SCENES.filter((scene) => thresholds[scene] > 0)

/** Any `block` makes it block, all `pass` makes it pass, else `review` (events.md). */
export const worstOf = (suggestions: readonly Suggestion[]): Suggestion => {
  if (suggestions.includes('block')) return 'block'
  return suggestions.every((one) => one === 'pass') ? 'pass' : 'review'
}

/** What nothing could look for was not passed by anybody (decisions.md 5.13). */
export const suggestForPicture = (
  scores: SceneScores,
  { thresholds }: Pick<ReviewSettings, 'thresholds'>,
): Suggestion =>
  worstOf(
    REVIEW_SCENES.filter((scene) => thresholds[scene] > 0).map((scene) => {
      const seen = scores[scene]
      return seen ? suggestForScene(seen, thresholds[scene]) : 'review'
    }),
  )

/** Labels that say that there is nothing, and that something is near it: the latter is never enough for `block`. */
const [NOTHING, NEAR] = ['normal', 'sexy']
/** From this share of the threshold on a person should look. */
const DOUBT = 0.5

const suggestForScene = (seen: readonly Score[], threshold: number): Suggestion => {
  const most = (scores: readonly Score[]) => Math.max(0, ...scores.map(({ confidence }) => confidence * 100))
  const hits = most(seen.filter(({ label }) => label !== NOTHING && label !== NEAR))
  if (hits >= threshold) return 'block'
  const near = most(seen.filter(({ label }) => label === NEAR))
  return hits >= threshold * DOUBT || near >= threshold ? 'review' : 'pass'
}

/** What several engines saw in one picture: of the same scene the surer one counts. */
export const togetherSeen = (seen: readonly SceneScores[]): SceneScores =>
  Object.fromEntries(
    REVIEW_SCENES.flatMap((scene) => {
      const lists = seen.flatMap((one) => (one[scene] ? [one[scene]] : []))
      const all = lists.flat().toSorted((one, other) => other.confidence - one.confidence)
      return lists.length > 0 ? [[scene, all] as const] : []
    }),
  )

interface Sight {
  readonly offset: number
  readonly scores: SceneScores
  /** Read in it. */
  readonly words: readonly ReadWord[]
}

export const judgePicture = ({ offset, scores, words }: Sight, settings: ReviewSettings): PictureReport => ({
  suggestion: worstOf([suggestForPicture(scores, settings), ...words.map(({ level }) => level)]),
  offset,
  scores,
  ...(words.length > 0 && { words }),
})

/** Words know nothing of what is meant: they ask for a person, unless the operator said of one that it blocks. */
export const textReport = (found: readonly FoundWord[]): TextReport => {
  const words = WORD_SCENES.flatMap((scene) => {
    const ofScene = found.filter((one) => one.scene === scene).map(({ word }) => word)
    return ofScene.length > 0 ? [[scene, [...new Set(ofScene)]] as const] : []
  })
  const blocks = found.some(({ level }) => level === 'block')
  return {
    suggestion: blocks ? 'block' : found.length > 0 ? 'review' : 'pass',
    words: Object.fromEntries(words),
  }
}

interface Parts extends Omit<ReviewReport, 'suggestion' | 'text'> {
  /** In texts. */
  readonly found: readonly FoundWord[]
}

/** Words that were read in pictures are told twice: with all others, and with the picture. */
export const reportOf = ({ found, cover, video, unseen }: Parts): ReviewReport => {
  const pictures: readonly PictureReport[] = [...cover, ...video]
  const text = textReport([...found, ...pictures.flatMap(({ words = [] }) => words)])
  const suggestion = worstOf([text.suggestion, ...pictures.map((picture) => picture.suggestion)])
  return { suggestion, text, cover, video, unseen }
}
