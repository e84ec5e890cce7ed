import type { Asset } from '../catalog/asset.ts'
import type { PictureReport, ReviewScene, ReviewSettings } from '../catalog/review.ts'
import { onceEach } from './once-each.ts'
import type { Picture, PictureEngine, PictureLook, TextReader, WordFinder } from './ports.ts'
import { wordsIn } from './read-words.ts'
import { judgePicture, scenesOf, togetherSeen } from './verdicts.ts'

export interface LookDeps {
  /** All that see a scene look for it. */
  readonly engines: readonly PictureEngine[]
  readonly words: WordFinder
  /** Absent: what is written in pictures is not read. */
  readonly textReader?: TextReader
}

/** All that a review looks at pictures with, as one. */
export interface Looking extends AsyncDisposable {
  /** Asked for, and nothing can see it. */
  readonly unseen: readonly ReviewScene[]
  /** The longest side, in pixels, that pictures should have. */
  readonly pictureSide: number
  look(pictures: readonly Picture[], signal: AbortSignal): Promise<readonly PictureReport[]>
}

interface Opened {
  readonly scenes: readonly ReviewScene[]
  readonly engine: PictureLook
}

interface OpenRequest {
  readonly asset: Asset
  readonly settings: ReviewSettings
  readonly signal: AbortSignal
}

/** Of 16:9 as many rows as the model looks at; a person sees what it is. */
const USUAL_SIDE = 400

export const needsPictures = ({ textReader }: LookDeps, settings: ReviewSettings): boolean =>
  textReader !== undefined || scenesOf(settings).length > 0

/** An engine of which nothing is asked is not opened. */
export const openEngines = async (
  { engines, words, textReader }: LookDeps,
  { asset, settings, signal: opening }: OpenRequest,
): Promise<Looking> => {
  await using cleanup = new AsyncDisposableStack()
  const asked = scenesOf(settings)
  const used = engines.filter((engine) => asked.some((scene) => engine.scenes.includes(scene)))
  const opened: Opened[] = []
  for (const engine of used) {
    const scenes = asked.filter((scene) => engine.scenes.includes(scene))
    opened.push({ scenes, engine: cleanup.use(await engine.open(opening)) })
  }
  const text = textReader && cleanup.use(await textReader.open(opening))
  const stack = cleanup.move()
  const lookAt: Looking['look'] = async (pictures, signal) => {
    const seen = await Promise.all(opened.map(({ scenes, engine }) => engine.look(pictures, { asset, scenes, signal })))
    const read = text ? await wordsIn({ words, text }, pictures, signal) : []
    return pictures.map(({ offset }, n) => {
      const scores = togetherSeen(seen.map((ofEngine) => ofEngine[n] ?? {}))
      return judgePicture({ offset, scores, words: read[n] ?? [] }, settings)
    })
  }
  return {
    unseen: asked.filter((scene) => !opened.some(({ scenes }) => scenes.includes(scene))),
    pictureSide: Math.max(
      USUAL_SIDE,
      ...[...used, ...(textReader ? [textReader] : [])].map((one) => one.pictureSide ?? 0),
    ),
    look: onceEach(lookAt),
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
