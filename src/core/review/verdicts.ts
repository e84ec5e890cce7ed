import {
  type PictureReport,
  REVIEW_SCENES,
  type ReviewReport,
  type ReviewScene,
  type ReviewSettings,
  type SceneScores,
  type Score,
  type Suggestion,
  type TextReport,
  WORD_SCENES,
} from '../catalog/review.ts'
import type { FoundWord } from './ports.ts'

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

type Parts = Omit<ReviewReport, 'suggestion'>

export const reportOf = (parts: Parts): ReviewReport => {
  const pictures: readonly PictureReport[] = [...parts.cover, ...parts.video]
  const suggestion = worstOf([parts.text.suggestion, ...pictures.map((picture) => picture.suggestion)])
  return { suggestion, ...parts }
}
