import type { Asset } from '../catalog/asset.ts'
import type { PictureReport, ReviewScene, ReviewSettings, SceneScores } from '../catalog/review.ts'
import type { Picture, PictureEngine, PictureLook } from './ports.ts'
import { scenesOf, suggestForPicture } from './verdicts.ts'

/** All engines that a review needs, as one. */
export interface Looking extends AsyncDisposable {
  /** Asked for, and nothing can see it. */
  readonly unseen: readonly ReviewScene[]
  look(pictures: readonly Picture[], signal: AbortSignal): Promise<readonly PictureReport[]>
}

interface Opened {
  readonly scenes: readonly ReviewScene[]
  readonly engine: PictureLook
}

/** Each scene is looked for by the first engine that sees it; an engine of which nothing is asked is not opened. */
export const openEngines = async (
  engines: readonly PictureEngine[],
  asset: Asset,
  settings: ReviewSettings,
): Promise<Looking> => {
  await using cleanup = new AsyncDisposableStack()
  const opened: Opened[] = []
  let left = scenesOf(settings)
  for (const engine of engines) {
    const scenes = left.filter((scene) => engine.scenes.includes(scene))
    if (scenes.length === 0) continue
    opened.push({ scenes, engine: cleanup.use(await engine.open()) })
    left = left.filter((scene) => !scenes.includes(scene))
  }
  const stack = cleanup.move()
  return {
    unseen: left,
    async look(pictures, signal) {
      const seen = await Promise.all(
        opened.map(({ scenes, engine }) => engine.look(pictures, { asset, scenes, signal })),
      )
      return pictures.map(({ offset }, n) => {
        const scores: SceneScores = Object.assign({}, ...seen.map((ofEngine) => ofEngine[n]))
        return { offset, scores, suggestion: suggestForPicture(scores, settings) }
      })
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  }
}
