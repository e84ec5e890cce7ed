import { createPost } from '../adapters/fetch/post.ts'
import { createWordFinder } from '../adapters/moderation/find-words.ts'
import { httpProvider } from '../adapters/moderation/http-provider.ts'
import { nudityEngine } from '../adapters/moderation/nudity-engine.ts'
import { textReader } from '../adapters/moderation/text-reader.ts'
import type { LookDeps } from '../core/review/look-at-pictures.ts'
import { type Config, ConfigError } from './config.ts'
import { firstLineOf } from './first-line.ts'

const TRY_SECONDS = 30
/** Scores of eight pictures. */
const ANSWER_BYTES = 1 << 20

/** What reviews look with. */
export const reviewEngines = ({ review, fetchAllowPrivate }: Config): LookDeps => {
  const post = createPost({
    ...{ allowPrivate: fetchAllowPrivate, timeoutMs: TRY_SECONDS * 1000, answerBytes: ANSWER_BYTES },
  })
  const { provider, wordsDir, ocrDir } = review
  return {
    words: createWordFinder(wordsDir),
    ...(ocrDir !== undefined && { textReader: textReader(ocrDir) }),
    engines: [nudityEngine, ...(provider ? [httpProvider({ ...provider, post, now: () => new Date() })] : [])],
  }
}

/** Throws `ConfigError` where a part that reviews look with does not work. */
export const checkReview = async ({ review: { ocrDir } }: Config): Promise<void> => {
  if (ocrDir === undefined) return
  try {
    await using _ = await textReader(ocrDir).open(new AbortController().signal)
  } catch (cause) {
    const reason = firstLineOf(cause)
    throw new ConfigError(
      `TELECINE_REVIEW_OCR must be the folder of extras/review-ocr, installed; ${ocrDir}: ${reason}`,
      {
        cause,
      },
    )
  }
}
