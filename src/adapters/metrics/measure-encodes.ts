import type { MediaTool } from '../../core/processing/ports.ts'

/** An encode that succeeded. */
export interface Encoded {
  /** How much of the source was encoded. */
  readonly mediaSeconds: number
  readonly wallSeconds: number
}

/** The same tool; `encoded` hears of each encode. What only copies packets, or is the sound alone of a film, would make it look fast. */
export const measureEncodes = (media: MediaTool, encoded: (encode: Encoded) => void): MediaTool => ({
  ...media,
  async encode(source, plan, options) {
    const beganMs = performance.now()
    let reachedMs = 0
    const report = await media.encode(source, plan, {
      ...options,
      onProgress(positionMs) {
        reachedMs = positionMs
        options.onProgress(positionMs)
      },
    })
    const isEncode = [...plan.rungs, ...plan.sounds].some(({ copied }) => !copied) && plan.part?.type !== 'rest'
    if (isEncode) encoded({ mediaSeconds: reachedMs / 1000, wallSeconds: (performance.now() - beganMs) / 1000 })
    return report
  },
})
