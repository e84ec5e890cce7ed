import { createPost } from '../adapters/fetch/post.ts'
import { createWordFinder } from '../adapters/moderation/find-words.ts'
import { httpProvider } from '../adapters/moderation/http-provider.ts'
import { nudityEngine } from '../adapters/moderation/nudity-engine.ts'
import type { ReviewDeps } from '../core/review/review-asset.task.ts'
import type { Config } from './config.ts'

const TRY_SECONDS = 30
/** Scores of eight pictures. */
const ANSWER_BYTES = 1 << 20

/** What reviews look with. */
export const reviewEngines = ({ review, fetchAllowPrivate }: Config): Pick<ReviewDeps, 'words' | 'engines'> => {
  const post = createPost({
    ...{ allowPrivate: fetchAllowPrivate, timeoutMs: TRY_SECONDS * 1000, answerBytes: ANSWER_BYTES },
  })
  const { provider, wordsDir } = review
  return {
    words: createWordFinder(wordsDir),
    engines: [nudityEngine, ...(provider ? [httpProvider({ ...provider, post, now: () => new Date() })] : [])],
  }
}
