import { createPost } from '../adapters/fetch/post.ts'
import { faceEngine } from '../adapters/moderation/face-engine.ts'
import { scenesOfGallery } from '../adapters/moderation/face-gallery.ts'
import { createWordFinder } from '../adapters/moderation/find-words.ts'
import { httpProvider } from '../adapters/moderation/http-provider.ts'
import { nudityEngine } from '../adapters/moderation/nudity-engine.ts'
import { textReader } from '../adapters/moderation/text-reader.ts'
import type { ReviewScene } from '../core/catalog/review.ts'
import type { LookDeps } from '../core/review/look-at-pictures.ts'
import type { PictureEngine } from '../core/review/ports.ts'
import { type Config, ConfigError } from './config.ts'
import { firstLineOf } from './first-line.ts'

const TRY_SECONDS = 30
/** Scores of eight pictures. */
const ANSWER_BYTES = 1 << 20

/** What reviews look with. Throws `ConfigError` for a gallery of faces that is none. */
export const reviewEngines = async (config: Config, ffmpegPath: string): Promise<LookDeps> => {
  const { wordsDir, ocrDir } = config.review
  return {
    words: createWordFinder(wordsDir),
    ...(ocrDir !== undefined && { textReader: textReader(ocrDir) }),
    engines: [nudityEngine, ...providerOf(config), ...(await facesOf(config, ffmpegPath))],
  }
}

const providerOf = ({ review: { provider }, fetchAllowPrivate }: Config): readonly PictureEngine[] => {
  const post = createPost({
    ...{ allowPrivate: fetchAllowPrivate, timeoutMs: TRY_SECONDS * 1000, answerBytes: ANSWER_BYTES },
  })
  return provider ? [httpProvider({ ...provider, post, now: () => new Date() })] : []
}

const facesOf = async ({ review: { facesDir } }: Config, ffmpegPath: string): Promise<readonly PictureEngine[]> =>
  facesDir === undefined ? [] : [faceEngine({ folder: facesDir, scenes: await usableGallery(facesDir), ffmpegPath })]

const usableGallery = async (folder: string): Promise<readonly ReviewScene[]> => {
  const wanted = 'TELECINE_REVIEW_FACES must be a folder with a folder politics, terrorism, or both'
  const scenes = await scenesOfGallery(folder).catch((cause: unknown) => {
    throw new ConfigError(`${wanted}; ${firstLineOf(cause)}`, { cause })
  })
  if (scenes.length === 0) throw new ConfigError(`${wanted}; ${folder} has neither`)
  return scenes
}

/** Tries the parts that settings name. Throws `ConfigError`. */
export const checkReview = async ({ review: { ocrDir, facesDir } }: Config): Promise<void> => {
  if (facesDir !== undefined) await usableGallery(facesDir)
  if (ocrDir !== undefined) await tryReader(ocrDir)
}

const tryReader = async (folder: string): Promise<void> => {
  try {
    await using _ = await textReader(folder).open(new AbortController().signal)
  } catch (cause) {
    const wanted = 'TELECINE_REVIEW_OCR must be the folder of extras/review-ocr, installed'
    throw new ConfigError(`${wanted}; ${folder}: ${firstLineOf(cause)}`, { cause })
  }
}
